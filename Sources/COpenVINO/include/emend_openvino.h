// COpenVINO owns the calls to OpenVINO's C library that emend needs, with opaque handles. It opens the
// library at run time, so that a program built with this header starts without the library and can report
// that it is missing. It knows nothing of models or texts.
//
// Functions return 0, or -1 with the reason in emend_ov_last_error(), which each thread has for itself.
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
  // For inputs only.
  EMEND_OV_UINT8 = 2,
} emend_ov_element;

// A dense tensor; the last dimension changes fastest. The caller owns the memory of an input. The request
// owns the memory of an output, which is valid until the next run.
typedef struct {
  emend_ov_element element;
  int32_t rank;
  int64_t dims[EMEND_OV_MAX_RANK];
  void *data;
} emend_ov_tensor;

const char *emend_ov_last_error(void);

// Opens the C library at an absolute path. Where it is open already, this does nothing.
int emend_ov_open(const char *path);
// From now on, returns every large block that this process frees to the system at once. A language model's
// keys and values grow with each token, and the C library otherwise keeps freed blocks of every size: a
// conversation of 7,000 tokens took 10.0 GB instead of 2.1 GB.
void emend_ov_return_large_blocks(void);
// The library's build number; empty while the library is not open.
const char *emend_ov_version(void);

int emend_ov_core_create(emend_ov_core **core);
void emend_ov_core_free(emend_ov_core *core);
// Copies a property of a device into `value`, cut to `size` bytes with its terminating NUL.
int emend_ov_core_property(emend_ov_core *core, const char *device, const char *key, char *value,
                           size_t size);
// Loads a library with further operations into the core.
int emend_ov_core_extend(emend_ov_core *core, const char *path);

// Compiles a graph for the processor. Reads the files `xml_path` and `bin_path`; where `xml_path` is NULL,
// `xml_text` is the text of a graph without weights.
int emend_ov_graph_compile(emend_ov_core *core, const char *xml_path, const char *bin_path,
                           const char *xml_text, size_t property_count,
                           const char *const *property_keys, const char *const *property_values,
                           emend_ov_graph **graph);
void emend_ov_graph_free(emend_ov_graph *graph);

int emend_ov_request_create(emend_ov_graph *graph, emend_ov_request **request);
void emend_ov_request_free(emend_ov_request *request);
// Sets one input, which stays until it is set again. Its memory must stay valid until then.
int emend_ov_request_set(emend_ov_request *request, size_t index, const emend_ov_tensor *input);
// Makes an output of `source` an input of `request` without copying it. `source` must neither run again nor
// be freed before `request` has run.
int emend_ov_request_feed(emend_ov_request *request, size_t input, emend_ov_request *source,
                          size_t output);
// Sets the first `input_count` inputs in order, runs the graph, and returns when it is done. Further inputs
// stay as they were set before. Only one thread at a time may use a request.
int emend_ov_request_run(emend_ov_request *request, size_t input_count,
                         const emend_ov_tensor *inputs);
// Describes output `index` of the last run.
int emend_ov_request_output(emend_ov_request *request, size_t index, emend_ov_tensor *output);

#endif
