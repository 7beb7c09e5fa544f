#include "common/base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sisu {
namespace {

TEST(Uuid, random_ids_are_version_4_and_differ) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = Uuid::random();
    EXPECT_EQ(Uuid::parse(id.to_string()), id);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(Uuid, a_urn_comes_back) {
  const Uuid id = Uuid::random();
  EXPECT_EQ(id.to_urn().substr(0, 9), "urn:uuid:");
  EXPECT_EQ(Uuid::parse_urn(id.to_urn()), id);
  EXPECT_EQ(Uuid::parse_urn("URN:UUID:" + id.to_string()), id);
}

TEST(Uuid, other_texts_are_refused) {
  for (const char* text : {
           "",
           "5f0c6a4e-1d2b-4c3d-8e9f-0123456789a",    // short
           "5f0c6a4e-1d2b-4c3d-8e9f-0123456789abc",  // long
           "5f0c6a4e-1d2b-1c3d-8e9f-0123456789ab",   // version 1
           "5f0c6a4e-1d2b-4c3d-ce9f-0123456789ab",   // variant of Microsoft
           "5f0c6a4e1d2b-4c3d-8e9f-0123456789abcd",  // hyphen missing
           "5f0c6a4e-1d2b-4c3d-8e9f-0123456789ag",   // not hexadecimal
           "{5f0c6a4e-1d2b-4c3d-8e9f-0123456789a}",
       }) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
  EXPECT_FALSE(Uuid::parse_urn("5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab"));
}

}  // namespace
}  // namespace sisu
