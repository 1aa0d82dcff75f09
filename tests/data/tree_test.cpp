// Every entry of a tree is read, or stands there with the reason. See Note [Every entry of a tree].
#include "harness/data/tree.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "harness/core/error.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream stream(path);
}

class Tree : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root()); }
  fs::path root() const { return folder_ / "data"; }
  void make(const std::string& name) const { touch(root() / name); }
  void link(const std::string& name, const fs::path& target) const {
    fs::create_directories((root() / name).parent_path());
    fs::create_symlink(target, root() / name);
  }
  std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const auto& file : list_tree(root())) lines.push_back(describe(file));
    return lines;
  }
  TreeFile at(const std::string& path) const {
    for (const auto& file : list_tree(root())) {
      if (file.path == path) return file;
    }
    ADD_FAILURE() << path << " is not in the list";
    return {};
  }
  TempFolder folder_;
};

TEST_F(Tree, LitterIsPassedOverAndOtherHiddenEntriesAreNamed) {
  make("a/ct.nii.gz");
  make("a/._ct.nii.gz");
  make("a/.DS_Store");
  make("a/Thumbs.db");
  make("__MACOSX/a/ct.nii.gz");
  make(".git/objects/x.nii.gz");
  make(".bashrc");
  make(".hidden/mr.nii.gz");
  make("a/.ct.nii.gz.Xy12z");
  EXPECT_THAT(found(),
              ElementsAre(".hidden: is hidden: its name begins with a dot",
                          "a/.ct.nii.gz.Xy12z: is hidden: its name begins with a dot", "a/ct.nii.gz"));
}

TEST_F(Tree, LinksAreFollowedAndThoseThatLeadNowhereAreNamed) {
  touch(folder_ / "elsewhere/b/ct.nii.gz");
  make("a/ct.nii.gz");
  link("outside", folder_ / "elsewhere");
  link("a/mr.nii.gz", "ct.nii.gz");
  link("gone", "/no/such/folder");
  link("gone.nii.gz", "nothing.nii.gz");
  link("annexed.nii.gz", ".git/annex/objects/xx/yy/MD5E-s1--0.nii.gz");
  link("loop", "loop");
  EXPECT_THAT(found(),
              ElementsAre("a/ct.nii.gz", "a/mr.nii.gz",
                          "annexed.nii.gz: is a link to \".git/annex/objects/xx/yy/MD5E-s1--0.nii.gz\", "
                          "which is not there; its content was not fetched (git annex get, datalad get)",
                          "gone: is a link to \"/no/such/folder\", which is not there",
                          "gone.nii.gz: is a link to \"nothing.nii.gz\", which is not there",
                          "loop: is a link to \"loop\" that leads back to itself", "outside/b/ct.nii.gz"));
  EXPECT_EQ(at("a/ct.nii.gz").identity, at("a/mr.nii.gz").identity);
}

TEST_F(Tree, CirclesOfLinksEnd) {
  make("a/ct.nii.gz");
  make("b/mr.nii.gz");
  link("a/up", root());
  link("a/further_up", folder_.path());
  link("a/to_b", root() / "b");
  link("b/to_a", root() / "a");
  const auto lines = found();
  EXPECT_THAT(lines, Contains("a/up: is a link that leads back to a folder in which it lies"));
  EXPECT_THAT(lines, Contains("a/further_up: is a link that leads back to a folder in which it lies"));
  EXPECT_THAT(lines, Contains("a/to_b/to_a: is a link that leads back to a folder in which it lies"));
  EXPECT_THAT(lines, Contains("a/to_b/mr.nii.gz"));
}

// n folders with a link to each other make n! ways.
TEST_F(Tree, TheWorkStaysBoundedHoweverManyLinksThereAre) {
  constexpr int kFolders = 12;
  for (int i = 0; i < kFolders; ++i) {
    make(fmt::format("f{}/ct.nii.gz", i));
    for (int j = 0; j < kFolders; ++j) {
      if (i != j) link(fmt::format("f{}/to{}", i, j), root() / fmt::format("f{}", j));
    }
  }
  EXPECT_LT(list_tree(root()).size(), 2000U);
}

// The name of a link may be what says which case or task its files are of.
TEST_F(Tree, TwoLinksToOneFolderAreBothFollowed) {
  make("runs/7/ct.nii.gz");
  link("brain", "runs/7");
  link("pelvis", "runs/7");
  link("thorax", "runs/7");
  EXPECT_THAT(found(),
              ElementsAre("brain/ct.nii.gz", "pelvis/ct.nii.gz", "runs/7/ct.nii.gz", "thorax/ct.nii.gz"));
  EXPECT_EQ(at("brain/ct.nii.gz").identity, at("runs/7/ct.nii.gz").identity);
}

TEST_F(Tree, PipesSocketsAndDevicesAreNamedAndNotOpened) {
  make("x.nii.gz");
  ASSERT_EQ(::mkfifo((root() / "pipe.nii.gz").c_str(), 0600), 0);
  link("null.nii", "/dev/null");
  const int handle = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (root() / "s").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(::bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(found(), ElementsAre("null.nii: is a device, no file", "pipe.nii.gz: is a named pipe, no file",
                                   "s: is a socket, no file", "x.nii.gz"));
  ::close(handle);
}

TEST_F(Tree, AFolderThatCannotBeListedIsNamed) {
  make("open/ct.nii.gz");
  make("closed/ct.nii.gz");
  fs::permissions(root() / "closed", fs::perms::none);
  if (::access((root() / "closed").c_str(), R_OK) == 0) {
    fs::permissions(root() / "closed", fs::perms::owner_all);
    GTEST_SKIP() << "this user may list every folder";
  }
  EXPECT_THAT(found(), ElementsAre("closed: cannot be listed (Permission denied)", "open/ct.nii.gz"));
  EXPECT_TRUE(at("closed").closed_folder);
  fs::permissions(root() / "closed", fs::perms::owner_all);
}

TEST_F(Tree, ARootBelowAClosedFolderCannotBeLookedAt) {
  make("closed/tree/ct.nii.gz");
  fs::permissions(root() / "closed", fs::perms::none);
  const bool readable = ::access((root() / "closed").c_str(), X_OK) == 0;
  ExitCode code = ExitCode::kOk;
  std::string message;
  try {
    if (!readable) list_tree(root() / "closed" / "tree");
  } catch (const Error& error) {
    code = error.code();
    message = error.what();
  }
  fs::permissions(root() / "closed", fs::perms::owner_all);
  if (readable) GTEST_SKIP() << "this user may enter every folder";
  EXPECT_EQ(code, ExitCode::kBadInput);  // not kUsage: nobody knows whether it is there
  EXPECT_THAT(message, testing::HasSubstr("cannot be looked at (Permission denied)"));
}

TEST_F(Tree, WhatIsNotReadSaysWhy) {
  const std::pair<const char*, const char*> entries[] = {
      {"a.hdr", "convert the pair to one .nii.gz file"},
      {"a.IMG", "convert the pair to one .nii.gz file"},
      {"a.mhd", "convert the pair to one .mha or .nii.gz file"},
      {"a.nrrd", "this kind of image is not read"},
      {"a.mgz", "this kind of image is not read"},
      {"a.mnc", "this kind of image is not read"},
      {"a.minc", "this kind of image is not read"},
      {"a.dcm", "convert the DICOM series"},
      {"a.nii.zip", "unpack it"},
      {"a.tar", "unpack it"},
      {"a.tar.gz", "unpack it"},
      {"a.7z", "unpack it"},
      {"a.nii.bz2", "only gzip is read"},
      {"a.nii.zst", "only gzip is read"},
      {"a.nii.gz.part", "partial or temporary"},
      {"a.nii.gz.crdownload", "partial or temporary"},
      {"a.nii.gz.tmp", "partial or temporary"},
      {"a.nii.gz~", "follows \".nii.gz\" in its name"},
      {"a.nii.gz.bak", "follows \".nii.gz\" in its name"},
      {"a.nii (1).gz", "follows \".nii\" in its name"},
      {"a.gz", "gzip of something"},
      {"a.npy", "without a grid"},
  };
  for (const auto& [name, reason] : entries) make(name);
  for (const auto& [name, reason] : entries) EXPECT_THAT(at(name).problem, HasSubstr(reason)) << name;
  make("a.dat");
  make("a.csv");
  EXPECT_THAT(at("a.dat").problem, IsEmpty());
  EXPECT_TRUE(is_companion(at("a.csv")));
}

TEST_F(Tree, EndingsInUpperCaseAreEndings) {
  for (const char* name : {"a.NII", "b.NII.GZ", "c.Nii.gz", "d.MHA"}) make(name);
  EXPECT_EQ(at("a.NII").ending, ".nii");
  EXPECT_EQ(at("b.NII.GZ").ending, ".nii.gz");
  EXPECT_EQ(at("b.NII.GZ").stem, "b");
  EXPECT_EQ(at("c.Nii.gz").ending, ".nii.gz");
  EXPECT_EQ(at("d.MHA").ending, ".mha");
}

TEST_F(Tree, AFolderThatIsNamedLikeAnImageIsTheOnlyImageInIt) {
  make("p/x_flair.nii/00000057_brain_flair.nii");
  make("p/x_flair.nii/readme.txt");
  make("p/ct.nii.gz/inner/ct.nii");
  const auto flair = at("p/x_flair.nii/00000057_brain_flair.nii");
  EXPECT_EQ(flair.name, "x_flair.nii");
  EXPECT_EQ(flair.stem, "x_flair");
  EXPECT_EQ(flair.path_stem, "p/x_flair");
  EXPECT_EQ(flair.folder(0), "p");
  EXPECT_TRUE(flair.is_image());
  EXPECT_EQ(at("p/ct.nii.gz/inner/ct.nii").stem, "ct");
  EXPECT_EQ(list_tree(root()).size(), 2U);
}

TEST_F(Tree, AFolderThatIsNamedLikeAnImageAndHoldsSeveralOrNoneIsNamed) {
  make("two.nii/a.nii");
  make("two.nii/b.nii");
  make("none.nii.gz/a.dcm");
  make("partly.nii/a.nii");
  make("partly.nii/b.nii.part");
  EXPECT_THAT(
      found(),
      ElementsAre(
          "none.nii.gz: is a folder without an image in it; an image, or a folder with one image, is wanted",
          "partly.nii/a.nii", "partly.nii/b.nii.part: a partial or temporary file; download or copy it again",
          "two.nii: is a folder with 2 images (a.nii, b.nii); one is wanted"));
}

TEST_F(Tree, NamesThatNoTextCanCarryAreNamed) {
  make("caf\xE9/ct.nii.gz");
  make("new\nline.nii.gz");
  for (const auto& file : list_tree(root())) EXPECT_THAT(file.problem, HasSubstr("rename it")) << file.path;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("caf\xEF\xBF\xBD/ct.nii.gz"), HasSubstr("new?line.nii.gz")));
}

TEST_F(Tree, NamesKeepSpacesAndFoldersGoOnAboveTheRoot) {
  touch(folder_ / "PETCT_1/two  spaces/CT.res.nii.gz");
  const auto files = list_tree(folder_ / "PETCT_1");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, "two  spaces/CT.res.nii.gz");
  EXPECT_EQ(files[0].stem, "CT.res");
  EXPECT_EQ(files[0].folder(0), "two  spaces");
  EXPECT_EQ(files[0].folder(1), "PETCT_1");
}

TEST_F(Tree, APathStandsForAnImageOrSaysWhyNot) {
  make("ct.nii/inner.nii");
  make("two.nii/a.nii");
  make("two.nii/b.nii");
  make("folder/a.nii");
  make("mr.nii");
  EXPECT_EQ(image_at(root(), "ct.nii").path, "ct.nii/inner.nii");
  EXPECT_EQ(image_at(root(), "mr.nii").path, "mr.nii");
  EXPECT_THAT(image_at(root(), "two.nii").problem, HasSubstr("2 images"));
  EXPECT_THAT(image_at(root(), "folder").problem, HasSubstr("is a folder"));
  EXPECT_EQ(image_at(root(), "nothing.nii").path, "nothing.nii");
  EXPECT_THAT(image_at(root(), "nothing.nii").problem, IsEmpty());
}

TEST_F(Tree, EmptyFoldersAreNamedAndTheRootIsNot) {
  EXPECT_THAT(found(), IsEmpty());
  make("a/ct.nii.gz");
  fs::create_directories(root() / "b");
  make("c/.DS_Store");
  fs::create_directories(root() / "d/e");
  EXPECT_THAT(found(), ElementsAre("a/ct.nii.gz", "b: is an empty folder", "c: is an empty folder",
                                   "d/e: is an empty folder"));
  EXPECT_TRUE(at("b").empty_folder);
  EXPECT_FALSE(at("b").closed_folder);
}

}  // namespace
}  // namespace synerbench
