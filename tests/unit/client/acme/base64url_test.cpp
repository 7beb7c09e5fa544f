#include "client/acme/documents/base64url.hpp"

#include <gtest/gtest.h>

namespace sisu::acme {
namespace {

struct Vector {
  std::string bytes, text;
};

TEST(Base64url, vectors_of_rfc_4648_without_padding) {
  for (const auto& [bytes, text] :
       {Vector{"", ""}, Vector{"f", "Zg"}, Vector{"fo", "Zm8"}, Vector{"foo", "Zm9v"}, Vector{"foob", "Zm9vYg"},
        Vector{"fooba", "Zm9vYmE"}, Vector{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
}

TEST(Base64url, the_two_digits_of_its_own) {
  EXPECT_EQ(to_base64url("\xFB\xFF\xBF"), "-_-_");
  EXPECT_EQ(from_base64url("-_-_"), "\xFB\xFF\xBF");
}

TEST(Base64url, what_it_does_not_write_is_refused) {
  for (const char* text : {"Z", "Zg=", "Zg==", "Zm 8", "Zm8\n", "+/+/", "Zh", "Zm9", "Zm9vY", "Zg.."}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::acme
