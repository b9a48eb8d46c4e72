#pragma once

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderflow::messaging {

// The headers of a record: a small map, kept as a list since a record has about six of them and is
// made and thrown away for every message. Each name stands there once, in the order of insertion.
class RecordHeaders {
 public:
  using Entry = std::pair<std::string, std::string>;
  // NOLINTBEGIN(readability-identifier-naming): what containers have, and gmock's matchers ask for
  using value_type = Entry;
  using const_iterator = std::vector<Entry>::const_iterator;
  // NOLINTEND(readability-identifier-naming)

  RecordHeaders() = default;
  RecordHeaders(std::initializer_list<Entry> entries) : entries_(entries) {}

  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }
  void reserve(size_t size) { entries_.reserve(size); }

  // The value of that name; null: there is none.
  const std::string* Find(std::string_view name) const {
    const auto entry = std::find_if(entries_.begin(), entries_.end(), HasName{name});
    return entry == entries_.end() ? nullptr : &entry->second;
  }
  // Throws std::out_of_range when there is none.
  const std::string& at(std::string_view name) const {
    const std::string* value = Find(name);
    return value != nullptr ? *value : throw std::out_of_range(std::string(name));
  }
  // Replaces the value of a name that is there.
  void Set(std::string_view name, std::string value) {
    const auto entry = std::find_if(entries_.begin(), entries_.end(), HasName{name});
    if (entry == entries_.end()) {
      Add(name, std::move(value));
    } else {
      entry->second = std::move(value);
    }
  }
  // For a name that is not there yet.
  void Add(std::string_view name, std::string value) {
    entries_.emplace_back(name, std::move(value));
  }

 private:
  struct HasName {
    std::string_view name;
    bool operator()(const Entry& entry) const { return entry.first == name; }
  };

  std::vector<Entry> entries_;
};

}  // namespace orderflow::messaging
