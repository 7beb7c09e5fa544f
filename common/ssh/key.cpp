#include "common/ssh/key.hpp"

#include "common/base/uuid.hpp"
#include "common/ssh/libssh_handles.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace sisu::ssh {
namespace {

std::string why(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// Text that is wiped when it goes away.
struct SecretText {
  SecretText() = default;
  explicit SecretText(std::string t) : text(std::move(t)) {}
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }
  std::string text;
};

Result<void, KeyError> read_private_file(const std::filesystem::path& file, SecretText& out) {
  const std::string name = "private key " + file.string();
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in) return fail(KeyError{"cannot read " + name + ": " + why(errno)});
  struct stat status {};
  if (::fstat(in.get(), &status) != 0) return fail(KeyError{"cannot read " + name + ": " + why(errno)});
  if (!S_ISREG(status.st_mode)) return fail(KeyError{"cannot use " + name + ": it is not a regular file"});
  if ((status.st_mode & 077) != 0) {
    return fail(KeyError{"cannot use " + name + ": others may read it; run: chmod 600 " + file.string()});
  }
  if (static_cast<std::size_t>(status.st_size) > PrivateKey::file_bytes) {
    return fail(KeyError{"cannot use " + name + ": it is too long to be a key"});
  }
  out.text.resize(static_cast<std::size_t>(status.st_size));
  std::size_t have = 0;
  while (have < out.text.size()) {
    const ssize_t got = ::read(in.get(), out.text.data() + have, out.text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(KeyError{"cannot read " + name + ": " + why(errno)});
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.text.resize(have);
  return {};
}

/// What the import asks when it meets an encrypted key.
struct Question {
  const PrivateKey::Passphrase& passphrase;
  bool asked = false;
  bool answered = false;

  static int ask(const char*, char* buffer, std::size_t size, int, int, void* self) {
    auto& question = *static_cast<Question*>(self);
    if (std::exchange(question.asked, true) || !question.passphrase) return -1;
    auto answer = question.passphrase();
    if (!answer) return -1;
    const SecretText secret(std::move(*answer));
    if (secret.text.size() >= size) return -1;
    std::memcpy(buffer, secret.text.c_str(), secret.text.size() + 1);
    question.answered = true;
    return 0;
  }
};

Result<void, KeyError> write_new_file(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  const std::filesystem::path temporary =
      directory / ("." + file.filename().string() + "." + Uuid::random().to_string());
  const auto failed = [&](const char* step) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return fail(KeyError{"cannot write private key " + file.string() + ": " + step + ": " + why(error)});
  };
  {
    const Descriptor out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) return failed("create");
    while (!content.empty()) {
      const ssize_t put = ::write(out.get(), content.data(), content.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failed("write");
      content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(out.get()) != 0) return failed("fsync");
  }
  // RENAME_NOREPLACE: an existing key is never lost.
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) != 0) return failed("rename");
  const Descriptor parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) return failed("fsync of the directory");
  return {};
}

}  // namespace

// --- PublicKey

Result<PublicKey, KeyError> PublicKey::parse(std::string_view line) {
  constexpr std::size_t longest = 16 * 1024;
  constexpr std::string_view blanks = " \t\r\n";
  const auto start = line.find_first_not_of(blanks);
  if (start == std::string_view::npos) return fail(KeyError{"this is not a public key: it is empty"});
  if (line.size() > longest) return fail(KeyError{"this is not a public key: it is too long"});
  line.remove_prefix(start);
  const auto type_end = line.find_first_of(" \t");
  if (type_end == std::string_view::npos) {
    return fail(KeyError{"this is not a public key: \"TYPE BASE64\" is expected, as in a .pub file"});
  }
  const std::string type(line.substr(0, type_end));
  line.remove_prefix(std::min(line.find_first_not_of(" \t", type_end), line.size()));
  const std::string base64(line.substr(0, line.find_first_of(blanks)));
  const ssh_keytypes_e kind = ssh_key_type_from_name(type.c_str());
  ssh_key raw = nullptr;
  if (kind == SSH_KEYTYPE_UNKNOWN || ssh_pki_import_pubkey_base64(base64.c_str(), kind, &raw) != SSH_OK) {
    return fail(KeyError{"this is not a public key: it does not read as \"TYPE BASE64\", as in a .pub file"});
  }
  const KeyHandle key(raw);
  PublicKey parsed = from_libssh(key.get());
  if (parsed.type_ != type) return fail(KeyError{"this is not a public key: it names one type and holds another"});
  return parsed;
}

PublicKey PublicKey::from_libssh(const ssh_key_struct* key) {
  const auto raw = const_cast<ssh_key>(key);  // libssh's const applies to the handle only
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(raw, &base64) != SSH_OK) throw std::bad_alloc();
  const TextHandle owned(base64);
  const char* type = ssh_key_type_to_char(ssh_key_type(raw));
  if (const char* curve = ssh_pki_key_ecdsa_name(raw); curve && std::string_view(curve) != "unknown") type = curve;
  return PublicKey(type ? type : "unknown", owned.get());
}

std::string PublicKey::fingerprint() const {
  ssh_key raw = nullptr;
  if (ssh_pki_import_pubkey_base64(base64_.c_str(), ssh_key_type_from_name(type_.c_str()), &raw) != SSH_OK) return {};
  const KeyHandle key(raw);
  unsigned char* hash = nullptr;
  std::size_t length = 0;
  if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &length) != 0) throw std::bad_alloc();
  const TextHandle text(ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length));
  ssh_clean_pubkey_hash(&hash);
  return text ? text.get() : "";
}

// --- PrivateKey

PrivateKey::PrivateKey(ssh_key_struct* key) : key_(key, &ssh_key_free) {}

PrivateKey PrivateKey::generate() {
  ssh_key key = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK) throw std::bad_alloc();
  return PrivateKey(key);
}

Result<PrivateKey, KeyError> PrivateKey::load(const std::filesystem::path& file, const Passphrase& passphrase) {
  SecretText content;
  if (auto read = read_private_file(file, content); !read) return fail(read.error());
  const std::string name = "private key " + file.string();
  Question question{passphrase};
  ssh_key raw = nullptr;
  const int result = ssh_pki_import_privkey_base64(content.text.c_str(), nullptr, &Question::ask, &question, &raw);
  if (result != SSH_OK) {
    if (question.answered) return fail(KeyError{"cannot open " + name + ": wrong passphrase"});
    if (question.asked) {
      return fail(KeyError{"cannot open " + name +
                           ": it is encrypted and there is no terminal to ask for its passphrase on; start this on a "
                           "terminal, give --key-passphrase-file FILE, or use an ssh-agent"});
    }
    return fail(KeyError{"cannot use " + name + ": it does not read as an OpenSSH private key"});
  }
  PrivateKey key(raw);
  if (ssh_key_type(raw) != SSH_KEYTYPE_ED25519) {
    return fail(KeyError{"cannot use " + name + ": it is of type " + key.public_key().type() +
                         ", only ssh-ed25519 is spoken; make one with: ssh-keygen -t ed25519"});
  }
  return key;
}

Result<void, KeyError> PrivateKey::save(const std::filesystem::path& file) const {
  char* text = nullptr;
  if (ssh_pki_export_privkey_base64(key_.get(), nullptr, nullptr, nullptr, &text) != SSH_OK || !text) {
    return fail(KeyError{"cannot write private key " + file.string() + ": libssh does not export it"});
  }
  const TextHandle owned(text);
  const std::string_view content(text);
  auto written = write_new_file(file, content);
  OPENSSL_cleanse(text, content.size());
  return written;
}

PublicKey PrivateKey::public_key() const {
  ssh_key raw = nullptr;
  if (ssh_pki_export_privkey_to_pubkey(key_.get(), &raw) != SSH_OK) throw std::bad_alloc();
  const KeyHandle key(raw);
  return PublicKey::from_libssh(key.get());
}

}  // namespace sisu::ssh
