// Concurrency owns the means to share work among threads so that their number never changes the
// result: workers, fixed chunks and buffers that several threads fill. It also owns the time to wait
// between tries, and seeded random numbers. It knows nothing of the work, and imports no other target.
