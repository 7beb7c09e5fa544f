// The program sisumail-relay.
#include <cstdio>

int main() {
  std::puts("sisumail-relay " SISUMAIL_VERSION);
  return 0;
}
