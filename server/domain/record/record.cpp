#include "server/domain/record/record.h"

#include <algorithm>
#include <utility>

namespace perigee::domain {
namespace {

// Picks the owners of a record from its fields.
class OwnerSink final : public FieldSink {
 public:
  explicit OwnerSink(const std::vector<Field>& fields) : fields_(fields) {}
  void Null() override { ++next_; }
  void Int(std::int64_t) override { ++next_; }
  void Bytes(std::string_view bytes) override {
    if (fields_[next_++].owner) {
      Add(Uuid::FromRaw(bytes));
    }
  }
  void Made(std::string) override { ++next_; }
  std::vector<Uuid> Take() { return std::move(owners_); }

 private:
  void Add(const Uuid& owner) {
    if (!owner.IsNil() && std::ranges::find(owners_, owner) == owners_.end()) {
      owners_.push_back(owner);
    }
  }

  const std::vector<Field>& fields_;
  std::size_t next_ = 0;
  std::vector<Uuid> owners_;
};

}  // namespace

bool RecordType::HasOwner() const { return std::ranges::any_of(fields_, &Field::owner); }

bool RecordType::IsKnownByOwner() const {
  return std::ranges::any_of(fields_, [](const Field& field) { return field.owner && field.key; });
}

std::optional<std::size_t> RecordType::due_field() const {
  const auto due = std::ranges::find_if(fields_, &Field::due);
  return due == fields_.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(due - fields_.begin()));
}

std::vector<Uuid> OwnersOf(const RecordChange& change) {
  OwnerSink sink(change.type->fields());
  change.type->Write(change.record.get(), sink);
  return sink.Take();
}

bool RecordType::HasPersonal() const { return std::ranges::any_of(fields_, &Field::personal); }

}  // namespace perigee::domain
