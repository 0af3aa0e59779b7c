/// CRC-32 of IEEE 802.3, as zlib computes it.
func cyclicRedundancyCheck(_ bytes: some Sequence<UInt8>) -> UInt32 {
  var sum: UInt32 = ~0
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return ~sum
}
