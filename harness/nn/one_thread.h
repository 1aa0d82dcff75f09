// One thread inside operations while an object lives.
#pragma once

namespace synerbench::nn {

/// For the calling thread; see Note [One thread per slice] in slices.h.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace synerbench::nn
