// synerbench store: what is in a slice store, and is it sound?
#include <fmt/format.h>

#include "app/subcommands.h"
#include "app/verb.h"
#include "harness/core/progress.h"
#include "harness/data/store_summary.h"

namespace synerbench {
namespace {

struct Options {
  std::string folder;
  bool json = false;
};

ExitCode info(const Options& options) {
  const SliceStore store(options.folder);
  options.json ? print_result(store_info(store)) : print_result(store_info_text(store));
  return ExitCode::kOk;
}

ExitCode verify(const Options& options) {
  const SliceStore store(options.folder);
  const auto problems = store.verify();
  if (options.json) {
    print_result(Json{{"store", store.sha256()}, {"cases", store.cases().size()}, {"problems", problems}});
  } else {
    for (const auto& problem : problems) print_result(problem);
    if (problems.empty())
      print_result(fmt::format("{} cases, every shard as it was written; store {}", store.cases().size(),
                               store.sha256()));
  }
  return problems.empty() ? ExitCode::kOk : ExitCode::kBadInput;
}

ExitCode ls(const Options& options) {
  const SliceStore store(options.folder);
  options.json ? print_result(store_ls(store)) : print_result(store_ls_text(store));
  return ExitCode::kOk;
}

}  // namespace

Verb verb_store() {
  return {"store", "Regenerate the leaderboard", "Look into a slice store: info, ls, verify",
          "  synerbench store info runs/demo/store\n  synerbench store verify runs/demo/store",
          [](CLI::App& command) {
            Subcommands<Options> words(command);
            const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
              CLI::App* sub = words.add(name, summary, action);
              sub->add_option("store", words.options().folder, "Store folder")->required();
              sub->add_flag("--json", words.options().json, "As JSON");
            };
            add("info", "What it holds: datasets, regions, splits, modalities, sizes, rules", info);
            add("ls", "Every case on a line", ls);
            add("verify", "Re-hash every shard and compare", verify);
            return words.run();
          }};
}

}  // namespace synerbench
