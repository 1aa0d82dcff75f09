#include "harness/core/keys.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

TEST(Keys, AreReadBackFromTheirSpelling) {
  const SliceKey key{{"synthrad2023", "1BA#0/01", "1BA001"}, 17};
  EXPECT_EQ(key.text(), "synthrad2023/1BA#0/01#17");
  const SliceKey back = parse_slice_key(key.text(), "here");
  EXPECT_EQ(back, key);  // the patient takes no part
  EXPECT_EQ(back.scan.name, "1BA#0/01");
  EXPECT_EQ(back.slice, 17);
}

TEST(Keys, RefuseWhatNamesNothing) {
  for (const char* text :
       {"", "synthrad2023", "/case", "data/", "data/case#", "data/case#-1", "data/case#1x", "data#1"})
    EXPECT_THROW(parse_slice_key(text, "here"), Error) << text;
  try {
    parse_case_id("no-slash", "list.csv:3", ExitCode::kUsage);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_EQ(error.place(), "list.csv:3");
  }
}

TEST(Keys, OfItemsHoldAnyModelName) {
  const ItemKey a{"brain-mr-to-ct", "mine|a", {"d", "c"}}, b{"brain-mr-to-ct|mine", "a", {"d", "c"}};
  EXPECT_EQ(a.text(), b.text());  // a spelling is for people
  EXPECT_NE(a, b);
  EXPECT_LT(a, b);
}

TEST(Keys, OfCasesAreOrderedAsTheirSpelling) {
  EXPECT_LT((CaseId{"a", "z"}), (CaseId{"b", "a"}));
  EXPECT_LT((CaseId{"a-b", "x"}), (CaseId{"a", "x"}));  // '-' stands before '/'
}

}  // namespace
}  // namespace synerbench
