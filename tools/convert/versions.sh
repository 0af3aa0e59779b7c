# shellcheck shell=bash disable=SC2034 # The scripts that source this file use these values.
# What a conversion is pinned to. scripts/setup/prepare fetches the libraries of the same OpenVINO.

# Whoever changes it also changes the digests and the libraries' names in scripts/setup/prepare.
readonly openvino_version=2026.4.1
readonly gguf_version=0.19.0
# The number of the converter and of what it writes: a new one makes scripts/setup/prepare convert the
# default model again.
readonly conversion=2
