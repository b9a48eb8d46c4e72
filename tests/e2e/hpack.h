#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderflow::e2e {

// Pieces of HPACK (RFC 7541), for probes that put them together as no honest client would. No
// Huffman coding.

using Headers = std::vector<std::pair<std::string, std::string>>;

// A literal that is not put into the table of the connection.
std::string HpackField(std::string_view name, std::string_view value);
// A literal that becomes the youngest entry of the table.
std::string HpackInsertedField(std::string_view name, std::string_view value);
// Entry `index` of the table; those of the connection begin at 62, the youngest first.
std::string HpackIndexedField(uint32_t index);
// The name of a field and the length of its value, which is still to come.
std::string HpackFieldOfLength(std::string_view name, uint32_t value_size);

// The headers of a call to `path`, none of them in the table. `metadata` replaces what has the same
// name, and the rest of it comes last.
std::string HpackHeaders(const std::string& path, const Headers& metadata = {});

}  // namespace orderflow::e2e
