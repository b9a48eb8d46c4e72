#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orderflow::order {

// A serialized message as JSON for a person, with e-mail addresses and payment tokens masked,
// without what stands in bytes.
// Nothing when this binary does not know the type, the bytes are none of it, or it is very long.
// Pure.
std::optional<std::string> MessageToMaskedJson(std::string_view type, std::string_view bytes);

// The first bytes as hexadecimal digits: enough to see what it is. Our messages begin with the
// order id, so neither an address nor a token is among them. Pure.
std::string HexPreview(std::string_view bytes);

}  // namespace orderflow::order
