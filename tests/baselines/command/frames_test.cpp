#include "baselines/command/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/method/stated_model.h"
#include "tests/support/error_of.h"

namespace synerbench::pipe {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

FrameHeader header_of(std::string_view bytes) {
  return read_header(std::as_bytes(std::span(bytes)).first<kHeaderBytes>(), "it");
}

// The bytes of docs/pipe.md: who changes them changes the version.
TEST(Frames, AreTheBytesThatThePageShows) {
  EXPECT_EQ(hex(frame_start(FrameKind::kBye, Json::object(), 0)),
            "53424d50"
            "0100"
            "0800"
            "00000000"
            "00000000"
            "0000000000000000");
  EXPECT_EQ(hex(frame_start(FrameKind::kError, {{"a", 1}}, 258)),
            "53424d50"
            "0100"
            "0700"
            "07000000"
            "00000000"
            "0201000000000000"
            "7b2261223a317d");
  EXPECT_EQ(hex(frame_start(FrameKind::kTask, Json::object(), 0, 0x01020304)),
            "53424d50"
            "0100"
            "0300"
            "00000000"
            "04030201"
            "0000000000000000");
  const std::vector<float> pixels(6);
  const std::vector<uint64_t> seeds{0x0102030405060708};
  EXPECT_EQ(hex(request_start({1, 2, 3, pixels, 1, 1}, seeds)),
            "01000000"
            "01000000"
            "01000000"
            "02000000"
            "03000000"
            "01000000"
            "0807060504030201");
}

TEST(Frames, AHeaderIsReadAsItWasWritten) {
  const FrameHeader header = header_of(frame_start(FrameKind::kReply, {{"a", 1}}, uint64_t{1} << 40, 7));
  EXPECT_EQ(header.kind, FrameKind::kReply);
  EXPECT_EQ(header.json_bytes, 7U);
  EXPECT_EQ(header.number, 7U);
  EXPECT_EQ(header.data_bytes, uint64_t{1} << 40);
}

TEST(Frames, AHeaderThatIsNoneIsRefused) {
  const auto refused = [](size_t at, char value) {
    std::string bytes = frame_start(FrameKind::kBye, Json::object(), 0);
    bytes[at] = value;
    return error_of([&] { header_of(bytes); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(refused(0, 's'), HasSubstr("where a frame (SBMP ...) is wanted"));
  EXPECT_THAT(refused(4, 9), HasSubstr("speaks version 9 of the pipe, version 1 is wanted"));
  EXPECT_THAT(refused(6, 0), HasSubstr("unknown kind 0"));
  EXPECT_THAT(refused(6, 9), HasSubstr("unknown kind 9"));
  EXPECT_THAT(refused(11, 1), HasSubstr("announced 16777216 bytes of JSON"));
}

TEST(Frames, WhatAProgramSaysOfItselfIsChecked) {
  const auto refused = [](const Json& json) {
    return error_of([&] { read_stated_model(json, "READY"); }, ExitCode::kBadInput);
  };
  EXPECT_EQ(read_stated_model(Json::object(), "READY"), StatedModel{});
  EXPECT_EQ(read_stated_model({{"low", 0}}, "READY").low, 0);
  Json switches = Json::object();
  read_stated_model({{"low", 0}}, "READY").add_training(switches);
  EXPECT_TRUE(switches.empty()) << "what is not said is not invented";
  const StatedModel trained = read_stated_model({{"training", {{"seed", 3}, {"method", "U-Net"}}}}, "READY");
  trained.add_training(switches);
  EXPECT_EQ(switches["training"]["seed"], 3);
  EXPECT_EQ(switches["training"]["method"], "U-Net");
  EXPECT_NE(trained, read_stated_model({{"training", {{"seed", 4}, {"method", "U-Net"}}}}, "READY"));
  EXPECT_THAT(refused({{"training", {{"covers", "tasks"}}}}), HasSubstr("READY: /training/covers"));
  EXPECT_THAT(refused({{"low", 1}}), HasSubstr("READY: /high: 1 is not above low"));
  EXPECT_THAT(refused({{"sources", -1}}), HasSubstr("READY: /sources"));
  EXPECT_THAT(refused({{"neighbors", 1}, {"volume", true}}), HasSubstr("a whole volume has no neighbors"));
  EXPECT_THAT(refused({{"weights_sha256", "abc"}}), HasSubstr("\"abc\" is no SHA-256"));
  EXPECT_THAT(refused({{"label", "a\tb\n"}}), HasSubstr("READY: /label"));
  EXPECT_THAT(refused({{"version", std::string(201, 'x')}}), HasSubstr("does not fit into a line"));
  EXPECT_THAT(refused({{"parameters", "many"}}), HasSubstr("READY: /parameters"));
}

}  // namespace
}  // namespace synerbench::pipe
