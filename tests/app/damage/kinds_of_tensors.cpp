// What can befall safetensors files: shards, weights, checkpoints, predictions, panels.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/core/json.h"
#include "tests/app/damage/edit.h"
#include "tests/app/damage/kinds.h"
#include "tests/data/image_builder.h"

namespace synerbench::damage {
namespace {

using testing::raw_bytes;

/// The header of a safetensors file with `change` applied, its length set right.
Damage tensors_header(const std::string& name, const std::function<void(Json&)>& change) {
  return {name, kTensors, [=](const std::string& bytes, const Subject&, Random&) {
            uint64_t length = 0;
            std::memcpy(&length, bytes.data(), 8);
            Json header = Json::parse(bytes.substr(8, length));
            change(header);
            std::string text = header.dump();
            while (text.size() % 8) text += ' ';
            return Variants{raw_bytes<uint64_t>(text.size()) + text + bytes.substr(8 + length)};
          }};
}
Json& first_tensor(Json& header) {
  for (auto it = header.begin(); it != header.end(); ++it) {
    if (it.key() != "__metadata__") return it.value();
  }
  return header;
}

}  // namespace

std::vector<Damage> damages_of_tensors() {
  using S = const std::string&;
  return {
      {"tensors: header length huge", kTensors,
       [](S b, const Subject&, Random&) {
         return Variants{over(b, 0, std::string(8, '\x7f')), over(b, 0, std::string(8, '\xff'))};
       }},
      {"tensors: header length off", kTensors,
       [](S b, const Subject&, Random&) { return Variants{flipped(b, 0, 3)}; }},
      tensors_header("tensors: unknown type", [](Json& h) { first_tensor(h)["dtype"] = "F7"; }),
      tensors_header("tensors: other type",
                     [](Json& h) {
                       Json& dtype = first_tensor(h)["dtype"];
                       dtype = dtype == "F32" ? "I32" : "BF16";
                     }),
      tensors_header("tensors: shape huge",
                     [](Json& h) {
                       first_tensor(h)["shape"] = {int64_t{1} << 62, 4};
                     }),
      tensors_header("tensors: shape negative",
                     [](Json& h) {
                       first_tensor(h)["shape"] = {-1, -4};
                     }),
      tensors_header("tensors: shape turned",
                     [](Json& h) {
                       Json& shape = first_tensor(h)["shape"];
                       std::reverse(shape.begin(), shape.end());
                     }),
      tensors_header("tensors: offsets overlap",
                     [](Json& h) {
                       first_tensor(h)["data_offsets"] = {0, 1};
                     }),
      tensors_header("tensors: one renamed",
                     [](Json& h) {
                       const Json tensor = first_tensor(h);
                       for (auto it = h.begin(); it != h.end(); ++it) {
                         if (it.key() != "__metadata__" && it.value() == tensor) {
                           h.erase(it.key());
                           break;
                         }
                       }
                       h["unheard_of"] = tensor;
                     }),
      tensors_header("tensors: no metadata", [](Json& h) { h.erase("__metadata__"); }),
      {"tensors: NaN", kTensors,
       [](S b, const Subject& s, Random&) {
         return Variants{over(b, header_length(b, s) + 64, raw_bytes(std::nanf("")))};
       }},
  };
}

}  // namespace synerbench::damage
