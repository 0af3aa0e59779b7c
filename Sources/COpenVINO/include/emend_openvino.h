// The narrow part of OpenVINO that emend uses, over opaque handles. The library is opened at run
// time: a program built with this header starts, and can say what is missing, without it.
//
// Functions return 0, or -1 with the reason in emend_ov_last_error(), which is kept per thread.
#ifndef EMEND_OPENVINO_H
#define EMEND_OPENVINO_H

#include <stddef.h>
#include <stdint.h>

typedef struct emend_ov_core emend_ov_core;
typedef struct emend_ov_graph emend_ov_graph;
typedef struct emend_ov_request emend_ov_request;

enum { EMEND_OV_MAX_RANK = 4 };

typedef enum {
  EMEND_OV_FLOAT32 = 0,
  EMEND_OV_INT32 = 1,
  // On the way in only.
  EMEND_OV_UINT8 = 2,
} emend_ov_element;

// A dense tensor, last dimension fastest. The memory is the caller's on the way in and the
// request's on the way out, where it holds until the next run.
typedef struct {
  emend_ov_element element;
  int32_t rank;
  int64_t dims[EMEND_OV_MAX_RANK];
  void *data;
} emend_ov_tensor;

const char *emend_ov_last_error(void);

// Opens the C library at an absolute path. Opening it again is free and keeps the first.
int emend_ov_open(const char *path);
// Has every large block that this process frees go back to the system at once. A language model's states
// grow with each token, and the C library keeps every size that it has ever lent: a conversation of
// 7,000 tokens took 10.0 GB instead of 2.1.
void emend_ov_return_large_blocks(void);
// The library's build number; empty while it is not open.
const char *emend_ov_version(void);

int emend_ov_core_create(emend_ov_core **core);
void emend_ov_core_free(emend_ov_core *core);
// Copies a device property into `value`, cut to `size` bytes with the terminator.
int emend_ov_core_property(emend_ov_core *core, const char *device, const char *key, char *value,
                           size_t size);
// Loads a library of further operations into the core.
int emend_ov_core_extend(emend_ov_core *core, const char *path);

// Compiles a graph for the processor. Reads `xml_path` and `bin_path`; where `xml_path` is NULL,
// `xml_text` is the graph itself and has no weights.
int emend_ov_graph_compile(emend_ov_core *core, const char *xml_path, const char *bin_path,
                           const char *xml_text, size_t property_count,
                           const char *const *property_keys, const char *const *property_values,
                           emend_ov_graph **graph);
void emend_ov_graph_free(emend_ov_graph *graph);

int emend_ov_request_create(emend_ov_graph *graph, emend_ov_request **request);
void emend_ov_request_free(emend_ov_request *request);
// Sets one input, which stays until it is set again; its memory must last as long.
int emend_ov_request_set(emend_ov_request *request, size_t index, const emend_ov_tensor *input);
// Makes an output of `source` an input of `request` without copying it. `source` must not run, nor be
// freed, before `request` has run.
int emend_ov_request_feed(emend_ov_request *request, size_t input, emend_ov_request *source,
                          size_t output);
// Sets the first `input_count` inputs in order and runs to the end; further inputs are as they were
// set. One thread at a time per request.
int emend_ov_request_run(emend_ov_request *request, size_t input_count,
                         const emend_ov_tensor *inputs);
// Describes output `index` of the last run.
int emend_ov_request_output(emend_ov_request *request, size_t index, emend_ov_tensor *output);

#endif
