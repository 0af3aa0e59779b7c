// ModelServer owns asking a language model that a server runs: llama.cpp's server, vLLM, Ollama or
// any other that speaks OpenAI's chat completions. It knows addresses, HTTP, retries, and the kinds
// and counts of failures. It knows nothing of what emend asks and what the replies mean.
