import Foundation

/// The processor's vector instructions that decide which of OpenVINO's kernels run.
package enum InstructionSet {
  /// The architecture and its vector instructions, such as `x86-64/avx2,avx512f,avx512_bf16`. Processors
  /// with equal names run the same kernels.
  package static let name: String = {
    #if arch(x86_64)
      let architecture = "x86-64"
      let wanted = [
        "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx_vnni",
        "amx_tile", "amx_bf16",
      ]
      let key = "flags"
    #else
      let architecture = "arm64"
      let wanted = ["asimd", "asimdhp", "asimddp", "sve", "sve2", "bf16", "i8mm"]
      let key = "Features"
    #endif
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
    let flags = Set(line.split(whereSeparator: { " \t:".contains($0) }).map(String.init))
    return architecture + "/" + wanted.filter(flags.contains).joined(separator: ",")
  }()
}
