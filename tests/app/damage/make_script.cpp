// damage_make_script FILE: a TorchScript file with a weight, whose answer is its input.
#include <torch/script.h>

#include <iostream>

int main(int count, char** words) {
  if (count != 2) return 1;
  try {
    torch::jit::Module module("mine");
    module.register_parameter("w", at::full({64}, 1.0f), false);
    module.define("def forward(self, x):\n  return x * self.w[0]\n");
    module.save(words[1]);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 2;
  }
  return 0;
}
