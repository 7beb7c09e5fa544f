// RAII for what libssh hands out.
#pragma once

#include <libssh/libssh.h>
#include <libssh/server.h>

#include <memory>

namespace sisu::ssh {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using KeyHandle = std::unique_ptr<ssh_key_struct, FreeWith<&ssh_key_free>>;
using BindHandle = std::unique_ptr<ssh_bind_struct, FreeWith<&ssh_bind_free>>;
using EventHandle = std::unique_ptr<ssh_event_struct, FreeWith<&ssh_event_free>>;
using SessionHandle = std::unique_ptr<ssh_session_struct, FreeWith<&ssh_free>>;
using StringHandle = std::unique_ptr<ssh_string_struct, FreeWith<&ssh_string_free>>;
using TextHandle = std::unique_ptr<char, FreeWith<&ssh_string_free_char>>;

}  // namespace sisu::ssh
