#include "common/keys/key_ring.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/expects.hpp"

#include <utility>

namespace sisu::keys {
namespace {

namespace fs = std::filesystem;
using tls::CertificateError;
using tls::PrivateKey;

constexpr const char* current_name = "tls-key.pem";
constexpr const char* next_name = "tls-key-next.pem";
constexpr const char* former_name = "tls-key-former";
constexpr const char* wish_name = "tls-key-roll";
constexpr const char* served_name = "tls-key-served";
constexpr std::size_t largest_key_file = 64 * 1024;
constexpr std::size_t largest_digest_file = 256;
constexpr mode_t for_the_owner = 0600;

bool is_missing(std::error_code error) { return error == std::errc::no_such_file_or_directory; }

/// nullopt: there is no such file.
Result<std::optional<PrivateKey>, CertificateError> read_key(FileSystem& files, const fs::path& file) {
  const auto status = files.status(file);
  if (!status && is_missing(status.error())) return std::optional<PrivateKey>();
  const auto bytes = files.read(file, largest_key_file);
  if (!bytes) return fail(tls::file_error("read the private key", file, bytes.error()));
  if (status && (status->permissions & 077) != 0) {
    return fail(CertificateError{"others may read the private key " + file.string() + ": chmod 600 it"});
  }
  auto key = PrivateKey::parse_pem(*bytes);
  if (!key) return fail(CertificateError{file.string() + ": " + key.error().what});
  return std::optional<PrivateKey>(std::move(*key));
}

Result<PrivateKey, CertificateError> store_new_key(FileSystem& files, const fs::path& file) {
  PrivateKey made = PrivateKey::generate_p256();
  const auto written = write_durable_file(files, file, made.to_pem(), for_the_owner);
  if (!written) return fail(tls::file_error("write the private key", file, written.error()));
  return made;
}

Result<std::optional<Digest>, CertificateError> read_digest(FileSystem& files, const fs::path& file) {
  const auto bytes = files.read(file, largest_digest_file);
  if (!bytes && is_missing(bytes.error())) return std::optional<Digest>();
  if (!bytes) return fail(tls::file_error("read", file, bytes.error()));
  const std::string line = bytes->substr(0, bytes->find('\n'));
  if (is_digest(line)) return std::optional<Digest>(line);
  return fail(CertificateError{file.string() +
                               " is to hold the SHA-256 of a key, 64 hex digits: remove it, and begin the "
                               "roll again if one was wished"});
}

Result<RingState, CertificateError> read_notes(FileSystem& files, const fs::path& directory) {
  RingState state;
  auto former = read_digest(files, directory / former_name);
  if (!former) return fail(former.error());
  auto wish = read_digest(files, directory / wish_name);
  if (!wish) return fail(wish.error());
  state.former = std::move(*former);
  state.roll_away_from = std::move(*wish);
  return state;
}

Result<void, CertificateError> store_note(FileSystem& files, const fs::path& file, const Digest& digest) {
  const auto written = write_durable_file(files, file, digest + "\n", for_the_owner);
  if (!written) return fail(tls::file_error("write", file, written.error()));
  return {};
}

Result<void, CertificateError> remove_note(FileSystem& files, const fs::path& file) {
  auto done = files.unlink(file);
  if (!done && !is_missing(done.error())) return fail(tls::file_error("remove", file, done.error()));
  done = files.sync_directory(file.parent_path());
  if (!done) return fail(tls::file_error("sync the directory of", file, done.error()));
  return {};
}

/// A private key that was being written when the power went.
void remove_half_written(FileSystem& files, const fs::path& directory) {
  const auto names = files.list(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    if (name.starts_with(".tls-key") && name.ends_with(".tmp")) (void)files.unlink(directory / name);
  }
}

}  // namespace

KeyRing::KeyRing(FileSystem& files, fs::path directory, PrivateKey current)
    : files_(&files), directory_(std::move(directory)), current_(std::move(current)) {}

Result<KeyRing, CertificateError> KeyRing::open(FileSystem& files, fs::path directory) {
  remove_half_written(files, directory);
  auto notes = read_notes(files, directory);
  if (!notes) return fail(notes.error());
  auto found = read_key(files, directory / current_name);
  if (!found) return fail(found.error());
  const bool is_new = !found->has_value();
  if (is_new) {
    auto made = store_new_key(files, directory / current_name);
    if (!made) return fail(made.error());
    found->emplace(std::move(*made));
  }
  KeyRing ring(files, std::move(directory), std::move(**found));
  ring.current_is_new_ = is_new;
  ring.state_ = std::move(*notes);
  ring.state_.current = ring.current_.spki_sha256();
  auto next = read_key(files, ring.directory_ / next_name);
  if (!next) return fail(next.error());
  ring.next_ = std::move(*next);
  if (ring.next_) ring.state_.next = ring.next_->spki_sha256();
  // Both names with one key are what a file system that does not rename atomically can leave of a switch.
  if (!ring.next_ || ring.state_.next == ring.state_.current) {
    if (const auto made = ring.make_next(); !made) return fail(made.error());
  }
  return ring;
}

Result<void, CertificateError> KeyRing::wish_roll() {
  auto stored = store_note(*files_, directory_ / wish_name, state_.current);
  if (stored) state_.roll_away_from = state_.current;
  return stored;
}

Result<void, CertificateError> KeyRing::make_next() {
  auto made = store_new_key(*files_, directory_ / next_name);
  if (!made) return fail(made.error());
  next_ = std::move(*made);
  state_.next = next_->spki_sha256();
  return {};
}

Result<void, CertificateError> KeyRing::note_former() {
  auto stored = store_note(*files_, directory_ / former_name, state_.current);
  if (stored) state_.former = state_.current;
  return stored;
}

Result<void, CertificateError> KeyRing::switch_over() {
  expects(next_.has_value(), "a next key to switch to");
  const fs::path current = directory_ / current_name;
  auto done = files_->replace(directory_ / next_name, current);
  if (!done) return fail(tls::file_error("put the next key in the place of", current, done.error()));
  // From here on the next start serves with it, whatever the directory's sync says.
  current_ = std::move(*next_);
  next_.reset();
  state_.current = *std::exchange(state_.next, std::nullopt);
  done = files_->sync_directory(directory_);
  if (!done) return fail(tls::file_error("sync the directory of", current, done.error()));
  return {};
}

Result<void, CertificateError> KeyRing::forget_former() {
  auto removed = remove_note(*files_, directory_ / former_name);
  if (removed) state_.former.reset();
  return removed;
}

Result<void, CertificateError> KeyRing::end_wish() {
  auto removed = remove_note(*files_, directory_ / wish_name);
  if (removed) state_.roll_away_from.reset();
  return removed;
}

Result<void, CertificateError> KeyRing::carry_out(RollStep::Kind step) {
  switch (step) {
    case RollStep::Kind::make_next:
      return make_next();
    case RollStep::Kind::note_former:
      return note_former();
    case RollStep::Kind::switch_over:
      return switch_over();
    case RollStep::Kind::forget_former:
      return forget_former();
    case RollStep::Kind::end_wish:
      return end_wish();
    case RollStep::Kind::serve:
    case RollStep::Kind::publish:
    case RollStep::Kind::wait:
    case RollStep::Kind::prepare:
    case RollStep::Kind::rest:
    case RollStep::Kind::offline:
      return {};
  }
  return {};
}

Result<RingState, CertificateError> read_ring(FileSystem& files, const fs::path& directory) {
  auto state = read_notes(files, directory);
  if (!state) return state;
  const auto current = read_key(files, directory / current_name);
  if (!current) return fail(current.error());
  if (!*current) return fail(CertificateError{"no TLS key in " + directory.string() + " yet"});
  const auto next = read_key(files, directory / next_name);
  if (!next) return fail(next.error());
  state->current = (*current)->spki_sha256();
  if (*next) state->next = (*next)->spki_sha256();
  return state;
}

Result<void, CertificateError> note_served(FileSystem& files, const fs::path& directory,
                                           const std::optional<Digest>& served) {
  const fs::path file = directory / served_name;
  return served ? store_note(files, file, *served) : remove_note(files, file);
}

Result<std::optional<Digest>, CertificateError> read_served(FileSystem& files, const fs::path& directory) {
  return read_digest(files, directory / served_name);
}

}  // namespace sisu::keys
