// emend-kernels owns the inner loops in which a run's time goes, each with made input, so that their instructions can
// be counted: `emend-kernels NAME ROUNDS` runs one of them so often, on one thread. scripts/check/instructions.py
// counts them under valgrind. It knows nothing of clocks, files of users or models.

import CKernels
import Foundation

@main
struct Kernels {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments == ["--list"] {
      for kernel in Kernel.all { print("\(kernel.name): \(kernel.work)") }
      return
    }
    guard arguments.count == 2, let rounds = Int(arguments[1]), rounds > 0,
      let kernel = Kernel.all.first(where: { $0.name == arguments[0] })
    else {
      fail("emend-kernels NAME ROUNDS, or emend-kernels --list for the names", status: 2)
    }
    let round = try kernel.prepared()
    let result = try round()
    for _ in 1..<rounds {
      guard try round() == result else {
        fail("\(kernel.name): two rounds differ, so their instructions cannot be compared")
      }
    }
    let loops = emend_kernels_are_available() != 0 ? "avx2" : "plain"
    print("\(kernel.name): \(rounds) rounds, \(loops), result \(result)")
  }

  private static func fail(_ reason: String, status: Int32 = 1) -> Never {
    FileHandle.standardError.write(Data("\(reason)\n".utf8))
    exit(status)
  }
}
