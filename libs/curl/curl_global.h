#pragma once

namespace orderflow::curl {

// Sets up the global part of libcurl, once per process, which libcurl wants done before any thread
// uses it. Call it before a handle is made. Threadsafe. A failure shows with the first handle: its
// transfers then fail.
void InitializeOnce();

}  // namespace orderflow::curl
