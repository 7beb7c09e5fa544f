// The program sisumail.
#include <cstdio>

int main() {
  std::puts("sisumail " SISUMAIL_VERSION);
  return 0;
}
