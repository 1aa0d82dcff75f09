#include "harness/data/tree.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/core/utf8.h"

// Note [Every entry of a tree] A file that is not seen is a case that is missing, and nobody learns of it. So
// each entry is either read, or stands in the list with the reason why it is not: broken links, pipes,
// sockets and devices, hidden files, folders that cannot be listed, kinds of images that are not read,
// partial downloads. Passed over without a word is only what systems and tools leave in every folder
// (kLitter).
//
// Links are followed, because trees of links are how people make a selection and how predictions get from a
// scratch disk to where they are looked for. The name of a link may be what tells the case or the task. So a
// link to a folder that was listed before is followed again, and the files come twice, with one `identity`;
// who collects them counts a file once. What is behind a link on such a second way is not followed once more,
// so the work stays bounded. A link that leads up to a folder in which it lies is named.
//
// A folder that is named like an image and holds exactly one image is that image: archives that were unpacked
// file by file leave BraTS2021_00000_flair.nii/00000057_brain_flair.nii.

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using Identity = std::array<uint64_t, 2>;

constexpr std::array kImageEndings{".nii.gz", ".nii", ".mha"};
constexpr std::array kCompanionEndings{
    ".xlsx", ".xls",  ".ods",    ".csv",    ".tsv",  ".json", ".jsonl", ".xml",  ".txt",  ".md",
    ".pdf",  ".docx", ".doc",    ".odt",    ".rtf",  ".pptx", ".png",   ".jpg",  ".jpeg", ".gif",
    ".svg",  ".log",  ".html",   ".yml",    ".yaml", ".toml", ".ini",   ".cfg",  ".bib",  ".cff",
    ".md5",  ".sha1", ".sha256", ".sha512", ".py",   ".sh",   ".ipynb", ".bval", ".bvec"};

// Left in every folder by systems and tools; never a part of a dataset.
constexpr std::array kLitter{"__MACOSX",
                             ".DS_Store",
                             ".AppleDouble",
                             ".Spotlight-V100",
                             ".Trashes",
                             ".fseventsd",
                             ".TemporaryItems",
                             ".apdisk",
                             "Thumbs.db",
                             "thumbs.db",
                             "ehthumbs.db",
                             "Icon\r",
                             "desktop.ini",
                             "$RECYCLE.BIN",
                             "lost+found",
                             ".git",
                             ".gitignore",
                             ".gitattributes",
                             ".gitmodules",
                             ".gitkeep",
                             ".datalad",
                             ".svn",
                             ".hg",
                             ".bidsignore",
                             ".directory",
                             "@eaDir",
                             ".ipynb_checkpoints",
                             ".snapshot",
                             ".snapshots",
                             ".cache",
                             ".keep",
                             "System Volume Information"};

struct Unread {
  const char* ending;
  const char* reason;
};
constexpr const char* kTwoFiles =
    "header and voxels are in two files, which can be mixed up; convert the pair to one .nii.gz file";
constexpr const char* kTwoMetaFiles =
    "header and voxels are in two files, which can be mixed up; convert the pair to one .mha or .nii.gz file";
constexpr const char* kDicom =
    "DICOM is read as a series, by a mapping; or convert the DICOM series to one .nii.gz file";
constexpr const char* kArchive = "an archive is not read; unpack it";
constexpr const char* kPacked = "of all compressions only gzip is read; unpack the file";
constexpr const char* kPartial = "a partial or temporary file; download or copy it again";
constexpr const char* kArray = "an array without a grid is not read; write it as .nii.gz";
constexpr const char* kOther = "this kind of image is not read; convert it to .nii.gz or .mha";
// Longer endings stand before those that they end in.
constexpr std::array<Unread, 72> kUnread{{
    {".part", kPartial},     {".partial", kPartial},    {".crdownload", kPartial},  {".download", kPartial},
    {".filepart", kPartial}, {".incomplete", kPartial}, {".aria2", kPartial},       {".opdownload", kPartial},
    {".tmp", kPartial},      {".temp", kPartial},       {".swp", kPartial},         {".!ut", kPartial},
    {".hdr", kTwoFiles},     {".hdr.gz", kTwoFiles},    {".img", kTwoFiles},        {".img.gz", kTwoFiles},
    {".mhd", kTwoMetaFiles}, {".raw", kTwoMetaFiles},   {".raw.gz", kTwoMetaFiles}, {".zraw", kTwoMetaFiles},
    {".dcm", kDicom},        {".dicom", kDicom},        {".ima", kDicom},           {"dicomdir", kDicom},
    {".tar", kArchive},      {".tar.gz", kArchive},     {".tgz", kArchive},         {".tar.bz2", kArchive},
    {".tbz2", kArchive},     {".tar.xz", kArchive},     {".txz", kArchive},         {".tar.zst", kArchive},
    {".zip", kArchive},      {".7z", kArchive},         {".rar", kArchive},         {".iso", kArchive},
    {".bz2", kPacked},       {".xz", kPacked},          {".zst", kPacked},          {".lz4", kPacked},
    {".lzma", kPacked},      {".z", kPacked},           {".br", kPacked},           {".npy", kArray},
    {".npz", kArray},        {".h5", kArray},           {".hdf5", kArray},          {".mat", kArray},
    {".pt", kArray},         {".pth", kArray},          {".pkl", kArray},           {".pickle", kArray},
    {".zarr", kArray},       {".safetensors", kArray},  {".nrrd", kOther},          {".nhdr", kOther},
    {".mgz", kOther},        {".mgh", kOther},          {".mnc", kOther},           {".mnc.gz", kOther},
    {".minc", kOther},       {".gipl", kOther},         {".gipl.gz", kOther},       {".vtk", kOther},
    {".vti", kOther},        {".tif", kOther},          {".tiff", kOther},          {".par", kOther},
    {".rec", kOther},        {".brik", kOther},         {".head", kOther},          {".mif", kOther},
}};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// `name` in lower case.
std::string why_unread(const std::string& name) {
  for (const auto& kind : kUnread) {
    if (ends_with(name, kind.ending) || name == kind.ending) return kind.reason;
  }
  for (const char* ending : kImageEndings) {
    const auto at = name.find(ending);
    if (at == std::string::npos || at == 0) continue;
    const std::string rest = name.substr(at + std::strlen(ending));
    if (rest[0] == '.' || rest[0] == ' ' || rest[0] == '~' || rest[0] == '(' || rest[0] == '_' ||
        rest[0] == '-')
      return fmt::format("\"{}\" follows \"{}\" in its name; rename it if it is an image", rest, ending);
  }
  if (ends_with(name, ".gz")) return "gzip of something that is no .nii file by its name; rename it if it is";
  return "";
}

bool is_litter(const std::string& name) {
  return name.rfind("._", 0) == 0 || name.rfind(".nfs", 0) == 0 || name.rfind(".Trash", 0) == 0 ||
         std::find(kLitter.begin(), kLitter.end(), name) != kLitter.end();
}

std::string as_plain_text(const std::string& text) {
  std::string plain = replace_invalid_utf8(text);
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return plain;
}

std::string kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "is a named pipe, no file";
  if (S_ISSOCK(mode)) return "is a socket, no file";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "is a device, no file";
  return "is no regular file";
}

std::string why_broken(const fs::path& link, int error) {
  std::error_code code;
  const std::string target = as_plain_text(fs::read_symlink(link, code).string());
  if (error == ELOOP) return fmt::format("is a link to \"{}\" that leads back to itself", target);
  if (error == EACCES) return fmt::format("is a link to \"{}\", which may not be looked at", target);
  const bool annex = target.find("/annex/objects/") != std::string::npos;
  return fmt::format("is a link to \"{}\", which is not there{}", target,
                     annex ? "; its content was not fetched (git annex get, datalad get)" : "");
}

std::vector<std::string> names_above(const fs::path& root) {
  std::error_code code;
  std::vector<std::string> names;
  for (const auto& part : fs::weakly_canonical(root, code)) {
    if (part != "/" && !part.empty()) names.insert(names.begin(), part.string());
  }
  return names;
}

class Walker {
 public:
  Walker(fs::path root, std::vector<std::string> endings)
      : root_(std::move(root)), endings_(std::move(endings)), above_(names_above(root_)) {}

  std::vector<TreeFile> list() {
    std::vector<Identity> chain;  // a link up to where the root lies would list the root once more
    std::error_code code;
    for (fs::path up = fs::weakly_canonical(root_, code).parent_path(); !up.empty(); up = up.parent_path()) {
      if (const auto facts = look(up)) chain.push_back(identity_of(*facts));
      if (up == up.parent_path()) break;
    }
    walk({}, chain);
    while (!links_.empty()) {
      const Link link = std::move(links_.front());
      links_.pop_front();
      walk(link.path, link.chain);
    }
    std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(files_);
  }

  TreeFile describe(const fs::path& relative) const {
    TreeFile file;
    file.path = relative.generic_string();
    file.name = file.stem = relative.filename().string();
    const std::string low = lower(file.name);
    for (const auto& ending : endings_) {
      if (ends_with(low, ending)) {
        file.ending = ending;
        file.stem = file.name.substr(0, file.name.size() - ending.size());
        break;
      }
    }
    file.path_stem = (relative.parent_path() / file.stem).generic_string();
    for (const auto& part : relative.parent_path()) file.folders.insert(file.folders.begin(), part.string());
    file.folders.insert(file.folders.end(), above_.begin(), above_.end());
    return file;
  }

  // A folder that is named like an image.
  TreeFile unwrap(const fs::path& relative) {
    TreeFile file = describe(relative);
    std::vector<TreeFile> inside;
    try {
      inside = Walker(root_ / relative, endings_).list();
    } catch (const Error& error) {
      file.problem = error.problem();
      file.closed_folder = true;
      return file;
    }
    std::vector<const TreeFile*> images;
    for (auto& entry : inside) {
      if (entry.is_image() && entry.problem.empty()) {
        const bool again = std::any_of(images.begin(), images.end(),
                                       [&](const auto* other) { return other->identity == entry.identity; });
        if (!again) images.push_back(&entry);
      }
    }
    if (images.size() == 1) {
      file.path += '/' + images.front()->path;
      file.identity = images.front()->identity;
      for (auto& entry : inside) {
        if (entry.problem.empty()) continue;
        TreeFile named = describe(relative / entry.path);
        named.problem = entry.problem;
        named.ending.clear();  // it must not stand for anything beside the image
        add(std::move(named));
      }
    } else if (images.empty()) {
      file.problem = "is a folder without an image in it; an image, or a folder with one image, is wanted";
    } else {
      file.problem = fmt::format("is a folder with {} images ({}, {}{}); one is wanted", images.size(),
                                 images[0]->path, images[1]->path, images.size() > 2 ? ", ..." : "");
    }
    return file;
  }

 private:
  struct Link {
    fs::path path;
    std::vector<Identity> chain;
  };

  static std::optional<struct stat> look(const fs::path& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
    return facts;
  }
  static Identity identity_of(const struct stat& facts) {
    return {static_cast<uint64_t>(facts.st_dev), static_cast<uint64_t>(facts.st_ino)};
  }

  void name(const fs::path& relative, std::string problem, bool closed_folder = false) {
    TreeFile file = describe(relative);
    file.problem = std::move(problem);
    file.closed_folder = closed_folder;
    add(std::move(file));
  }
  void name_empty(const fs::path& relative) {
    TreeFile file = describe(relative);
    file.problem = "is an empty folder";
    file.empty_folder = true;
    add(std::move(file));
  }
  void add(TreeFile file) {
    if (!is_line(file.path)) {  // neither a manifest nor a terminal could carry it
      file.path = printable(as_plain_text(file.path), std::string::npos);
      file.problem =
          "its name, or that of a folder above it, is not valid UTF-8 or has control characters or invisible "
          "ones; rename it";
    }
    files_.push_back(std::move(file));
  }

  void walk(const fs::path& relative, std::vector<Identity> chain) {
    const fs::path folder = relative.empty() ? root_ : root_ / relative;
    std::error_code code;
    std::vector<std::string> names;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
      names.push_back(it->path().filename().string());
    if (code) {
      const std::string problem = fmt::format("cannot be listed ({})", code.message());
      if (relative.empty()) throw input_error(folder.string(), problem, "check the folder's permissions");
      return name(relative, problem, true);
    }
    if (!relative.empty() && std::all_of(names.begin(), names.end(), is_litter)) return name_empty(relative);
    std::sort(names.begin(), names.end());
    const auto facts = look(folder);
    const Identity own = facts ? identity_of(*facts) : Identity{};
    const auto [first, fresh] = visited_.emplace(own, relative.empty() ? "." : relative.generic_string());
    chain.push_back(own);
    for (const auto& entry : names) visit(relative / entry, chain, fresh);
  }

  void visit(const fs::path& relative, const std::vector<Identity>& chain, bool fresh) {
    const std::string entry = relative.filename().string();
    if (is_litter(entry)) return;
    const fs::path full = root_ / relative;
    std::error_code code;
    const bool is_link = fs::is_symlink(full, code);
    errno = 0;
    const auto facts = look(full);
    if (!facts) {
      const int error = errno;
      return name(relative, is_link ? why_broken(full, error)
                                    : fmt::format("cannot be looked at ({})", std::strerror(error)));
    }
    const bool is_folder = S_ISDIR(facts->st_mode);
    TreeFile file = describe(relative);
    file.identity = identity_of(*facts);
    if (entry[0] == '.') {
      const std::string low = lower(entry);
      if (is_folder || file.is_image() || !why_unread(low).empty())
        name(relative, "is hidden: its name begins with a dot");
      return;
    }
    if (is_folder) {
      const auto up = std::find(chain.begin(), chain.end(), file.identity);
      if (up != chain.end()) return name(relative, "is a link that leads back to a folder in which it lies");
      if (file.is_image()) return add(unwrap(relative));
      if (!is_link) return walk(relative, chain);
      const auto seen = visited_.find(file.identity);
      if (seen == visited_.end() || fresh) {
        links_.push_back({relative, chain});
      } else {
        name(relative, fmt::format("is a link to a folder that is read already, as \"{}\"",
                                   as_plain_text(seen->second)));
      }
      return;
    }
    if (!S_ISREG(facts->st_mode)) {
      file.problem = kind_of(facts->st_mode);
    } else if (!file.is_image()) {
      file.problem = why_unread(lower(entry));
    }
    add(std::move(file));
  }

  fs::path root_;
  std::vector<std::string> endings_;
  std::vector<std::string> above_;
  std::map<Identity, std::string> visited_;  // folders, and the path of their first visit
  std::deque<Link> links_;                   // to folders; followed when all real folders are listed
  std::vector<TreeFile> files_;
};

std::vector<std::string> image_endings() { return {kImageEndings.begin(), kImageEndings.end()}; }

}  // namespace

std::vector<TreeFile> list_tree(const fs::path& root, const std::vector<std::string>& more_endings) {
  if (!folder_exists(root)) {
    throw usage_error(root.string(), path_exists(root) ? "is no folder" : "no such folder",
                      "give the folder that holds the files");
  }
  auto endings = image_endings();
  endings.insert(endings.end(), more_endings.begin(), more_endings.end());
  return Walker(root, std::move(endings)).list();
}

TreeFile image_at(const fs::path& root, const std::string& path) {
  Walker walker(root, image_endings());
  TreeFile file = walker.describe(path);
  std::error_code code;
  if (!fs::is_directory(root / path, code)) return file;
  if (file.is_image()) return walker.unwrap(path);
  file.problem = "is a folder; give the path of the image in it";
  return file;
}

bool is_companion(const TreeFile& file) {
  const std::string name = lower(file.name);
  if (std::any_of(kCompanionEndings.begin(), kCompanionEndings.end(),
                  [&](const char* ending) { return ends_with(name, ending); })) {
    return true;
  }
  const auto begins = [&](const char* word) { return name.rfind(word, 0) == 0; };
  return begins("license") || begins("licence") || begins("readme") || begins("copying") ||
         begins("changes") || begins("checksums");
}

std::string describe(const TreeFile& file) {
  return file.problem.empty() ? file.path : fmt::format("{}: {}", file.path, file.problem);
}

std::string why_not_read(const std::string& name) {
  const std::string reason = why_unread(lower(name));
  return reason.empty() ? "convert the image to .nii.gz or .mha" : reason;
}

std::string image_ending(const std::string& name) {
  const std::string low = lower(name);
  for (const char* ending : kImageEndings) {
    if (ends_with(low, ending)) return ending;
  }
  return "";
}

}  // namespace synerbench
