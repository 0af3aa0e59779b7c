// Digests owns SHA-256 digests of bytes, of files and of lists of texts, and their hexadecimal form.
// It knows nothing of what is digested, or why, and imports no other target.
