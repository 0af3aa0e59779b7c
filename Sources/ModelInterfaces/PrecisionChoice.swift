/// The arithmetic that a model is asked to compute in.
package enum PrecisionChoice: String, Sendable, CaseIterable {
  /// bfloat16 where the processor multiplies it in hardware, else single precision.
  case auto
  case fp32
  case bf16
}
