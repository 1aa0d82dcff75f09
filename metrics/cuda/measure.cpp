#include "metrics/cuda/measure.h"

#include "metrics/cuda/detail/backend.h"
#include "metrics/cuda/detail/measures.h"

namespace synerbench::cuda {
namespace {

/// `calculate(backend, images there)` on the device; images of the host are copied to it first.
template <class Calculate>
auto from_host(const Pairs& on_host, Calculate&& calculate) {
  const auto backend = detail::device_backend(nullptr);
  const detail::Uploaded images(*backend, on_host);
  return calculate(*backend, images.there());
}
template <class Calculate>
auto on_stream(const Pairs& on_device, void* stream, Calculate&& calculate) {
  const auto backend = detail::device_backend(stream);
  return calculate(*backend, on_device);
}

auto measuring(const Request& request) {
  return [&](detail::Backend& b, const Pairs& p) { return detail::measure_there(b, p, request); };
}
auto summing(const ErrorRequest& request) {
  return [&](detail::Backend& b, const Pairs& p) { return detail::errors_there(b, p, request); };
}
auto scaling(const MsSsimConvention& convention, Precision precision) {
  return [&convention, precision](detail::Backend& b, const Pairs& p) {
    return detail::ms_ssim_there(b, p, convention, precision);
  };
}
auto comparing(std::string_view protocol, Precision precision) {
  return [protocol, precision](detail::Backend& b, const Pairs& p) {
    return detail::compare_there(b, protocol, p, precision);
  };
}

}  // namespace

bool built() { return detail::device_state().built; }
bool available() { return detail::device_state().available; }
std::string unavailable_reason() { return detail::device_state().reason; }
std::string device_name() { return detail::device_state().name; }

std::vector<Measures> measure(const Pairs& on_host, const Request& request) {
  return from_host(on_host, measuring(request));
}
std::vector<Measures> measure_on_device(const Pairs& on_device, const Request& request, void* stream) {
  return on_stream(on_device, stream, measuring(request));
}

std::vector<std::vector<Errors>> errors(const Pairs& on_host, const ErrorRequest& request) {
  return from_host(on_host, summing(request));
}
std::vector<std::vector<Errors>> errors_on_device(const Pairs& on_device, const ErrorRequest& request,
                                                  void* stream) {
  return on_stream(on_device, stream, summing(request));
}

std::vector<Measured> ms_ssim(const Pairs& on_host, const MsSsimConvention& convention, Precision precision) {
  return from_host(on_host, scaling(convention, precision));
}
std::vector<Measured> ms_ssim_on_device(const Pairs& on_device, const MsSsimConvention& convention,
                                        Precision precision, void* stream) {
  return on_stream(on_device, stream, scaling(convention, precision));
}

std::vector<std::vector<Measured>> compare(std::string_view protocol, const Pairs& on_host,
                                           Precision precision) {
  return from_host(on_host, comparing(protocol, precision));
}
std::vector<std::vector<Measured>> compare_on_device(std::string_view protocol, const Pairs& on_device,
                                                     Precision precision, void* stream) {
  return on_stream(on_device, stream, comparing(protocol, precision));
}

}  // namespace synerbench::cuda
