#include "common/ssh/algorithms.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace sisu::ssh::algorithms {
namespace {

std::vector<std::string> in_order(FastAes fast) {
  std::istringstream list(ciphers(fast));
  std::vector<std::string> names;
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  return names;
}

std::set<std::string> all(FastAes fast) {
  const auto names = in_order(fast);
  return {names.begin(), names.end()};
}

TEST(Algorithms, aes_comes_first_where_the_processor_knows_it) {
  EXPECT_EQ(in_order(FastAes::yes).front(), "aes256-gcm@openssh.com");
}

TEST(Algorithms, chacha20_comes_first_where_the_processor_does_not) {
  EXPECT_EQ(in_order(FastAes::no).front(), "chacha20-poly1305@openssh.com");
}

TEST(Algorithms, every_processor_offers_the_same_ciphers) {
  EXPECT_EQ(all(FastAes::yes), all(FastAes::no));
  EXPECT_EQ(in_order(FastAes::yes).size(), 3U);
  EXPECT_EQ(in_order(FastAes::no).size(), 3U);
}

TEST(Algorithms, every_cipher_authenticates) {
  for (const std::string& name : all(FastAes::no)) {
    EXPECT_TRUE(name.find("gcm") != std::string::npos || name.find("poly1305") != std::string::npos) << name;
  }
}

}  // namespace
}  // namespace sisu::ssh::algorithms
