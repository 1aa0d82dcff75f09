// Memory and kernels, on a device or emulated on the CPU: all that the rest of the folder knows of CUDA.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "metrics/cuda/detail/job.h"

namespace synerbench::cuda::detail {

using AnyJob = std::variant<SimilarityJob<float, float>, SimilarityJob<float, double>,
                            SimilarityJob<double, float>, SimilarityJob<double, double>, ErrorsJob<float>,
                            ErrorsJob<double>, HalveJob<float>, HalveJob<double>, SumJob>;

/// What is asked for runs in the order it is asked for. std::runtime_error when something goes wrong.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  /// Returns when everything before is done and the bytes are here.
  virtual void download(void* to, const void* from, size_t bytes) = 0;
  /// job.blocks() is between 1 and 2^31 - 1.
  virtual void run(const AnyJob& job) = 0;
};

/// Memory of a backend, released at the end.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Backend& backend, int64_t count)
      : backend_(&backend),
        data_(static_cast<T*>(backend.allocate(static_cast<size_t>(count) * sizeof(T)))) {}
  Buffer(Backend& backend, const T* from, int64_t count) : Buffer(backend, count) {
    backend.upload(data_, from, static_cast<size_t>(count) * sizeof(T));
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (data_ != nullptr) backend_->release(data_);
  }
  T* get() const { return data_; }
  std::vector<std::remove_const_t<T>> read(int64_t count) const {
    std::vector<T> values(static_cast<size_t>(count));
    backend_->download(values.data(), data_, values.size() * sizeof(T));
    return values;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(data_, other.data_);
  }
  Backend* backend_ = nullptr;
  T* data_ = nullptr;
};

/// The current device, on this stream (a cudaStream_t). std::runtime_error when there is none.
std::unique_ptr<Backend> device_backend(void* stream);

struct DeviceState {
  bool built = false, available = false;
  std::string reason;  // why it is not available
  std::string name;
};
const DeviceState& device_state();

}  // namespace synerbench::cuda::detail
