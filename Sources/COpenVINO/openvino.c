// Finds the functions of OpenVINO's C library by name at run time. The library's own header gives their
// types, so a wrong signature does not compile.
#include "emend_openvino.h"

#include <dlfcn.h>
#include <malloc.h>
#include <openvino/c/openvino.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// clang-format off
#define EACH_FUNCTION(X)                          \
  X(ov_get_openvino_version)                      \
  X(ov_get_error_info)                            \
  X(ov_get_last_err_msg)                          \
  X(ov_free)                                      \
  X(ov_core_create)                               \
  X(ov_core_free)                                 \
  X(ov_core_get_property)                         \
  X(ov_core_add_extension)                        \
  X(ov_core_read_model)                           \
  X(ov_core_read_model_from_memory_buffer)        \
  X(ov_core_compile_model_props)                  \
  X(ov_model_free)                                \
  X(ov_compiled_model_create_infer_request)       \
  X(ov_compiled_model_free)                       \
  X(ov_infer_request_set_input_tensor_by_index)   \
  X(ov_infer_request_get_output_tensor_by_index)  \
  X(ov_infer_request_infer)                       \
  X(ov_infer_request_free)                        \
  X(ov_tensor_create_from_host_ptr)               \
  X(ov_tensor_get_shape)                          \
  X(ov_tensor_get_element_type)                   \
  X(ov_tensor_data)                               \
  X(ov_tensor_free)                               \
  X(ov_shape_free)
// clang-format on

#define DECLARE(name) __typeof__(&name) name;
static struct {
  void *handle;
  char version[128];
  EACH_FUNCTION(DECLARE)
} ov;

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local char last_error[4096];

const char *emend_ov_last_error(void) { return last_error; }

static int fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return -1;
}

static int check(ov_status_e status, const char *step) {
  if (status == OK) return 0;
  const char *detail = ov.ov_get_last_err_msg();
  return fail("%s: %s: %s", step, ov.ov_get_error_info(status), detail != NULL ? detail : "");
}

static int open_locked(const char *path) {
  if (ov.handle != NULL) return 0;
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return fail("%s", dlerror());
#define BIND(name)                                                                        \
  *(void **)&ov.name = dlsym(handle, #name);                                              \
  if (ov.name == NULL) {                                                                  \
    fail("the library has no function %s", #name);                                        \
    dlclose(handle);                                                                      \
    return -1;                                                                            \
  }
  EACH_FUNCTION(BIND)
  ov_version_t version;
  if (ov.ov_get_openvino_version(&version) == OK) {
    // The version's strings are never freed: that would need one more function, for 60 bytes.
    snprintf(ov.version, sizeof ov.version, "%s", version.buildNumber);
  }
  ov.handle = handle;
  return 0;
}

int emend_ov_open(const char *path) {
  pthread_mutex_lock(&opening);
  int result = open_locked(path);
  pthread_mutex_unlock(&opening);
  return result;
}

void emend_ov_return_large_blocks(void) {
  // Blocks above 1 MiB. Setting the threshold also stops the C library from raising it whenever a larger
  // block is freed.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

const char *emend_ov_version(void) { return ov.version; }

int emend_ov_core_create(emend_ov_core **core) {
  if (ov.handle == NULL) return fail("the OpenVINO library is not open");
  return check(ov.ov_core_create((ov_core_t **)core), "starting OpenVINO");
}

void emend_ov_core_free(emend_ov_core *core) { ov.ov_core_free((ov_core_t *)core); }

int emend_ov_core_property(emend_ov_core *core, const char *device, const char *key, char *value,
                           size_t size) {
  char *text = NULL;
  if (check(ov.ov_core_get_property((ov_core_t *)core, device, key, &text), key) != 0) return -1;
  snprintf(value, size, "%s", text);
  ov.ov_free(text);
  return 0;
}

int emend_ov_core_extend(emend_ov_core *core, const char *path) {
  return check(ov.ov_core_add_extension((ov_core_t *)core, path), "loading an extension");
}

int emend_ov_graph_compile(emend_ov_core *core, const char *xml_path, const char *bin_path,
                           const char *xml_text, size_t property_count,
                           const char *const *property_keys, const char *const *property_values,
                           emend_ov_graph **graph) {
  enum { MAX_PROPERTIES = 16 };
  ov_property_t properties[MAX_PROPERTIES];
  if (property_count > MAX_PROPERTIES) return fail("too many properties");
  for (size_t i = 0; i < property_count; i++) {
    properties[i].key = property_keys[i];
    properties[i].value = property_values[i];
  }
  ov_model_t *model = NULL;
  ov_status_e status =
      xml_path != NULL
          ? ov.ov_core_read_model((ov_core_t *)core, xml_path, bin_path, &model)
          : ov.ov_core_read_model_from_memory_buffer((ov_core_t *)core, xml_text, strlen(xml_text),
                                                     NULL, &model);
  if (check(status, "reading the graph") != 0) return -1;
  status = ov.ov_core_compile_model_props((ov_core_t *)core, model, "CPU", property_count,
                                          properties, (ov_compiled_model_t **)graph);
  int result = check(status, "compiling the graph");
  ov.ov_model_free(model);
  return result;
}

void emend_ov_graph_free(emend_ov_graph *graph) {
  ov.ov_compiled_model_free((ov_compiled_model_t *)graph);
}

int emend_ov_request_create(emend_ov_graph *graph, emend_ov_request **request) {
  return check(ov.ov_compiled_model_create_infer_request((ov_compiled_model_t *)graph,
                                                         (ov_infer_request_t **)request),
               "creating a request");
}

void emend_ov_request_free(emend_ov_request *request) {
  ov.ov_infer_request_free((ov_infer_request_t *)request);
}

static ov_element_type_e type_of(emend_ov_element element) {
  switch (element) {
    case EMEND_OV_INT32: return I32;
    case EMEND_OV_UINT8: return U8;
    default: return F32;
  }
}

// Sets an input and frees the caller's handle of the tensor; the request keeps the tensor alive.
static int give_input(emend_ov_request *request, size_t index, ov_tensor_t *tensor) {
  ov_status_e status =
      ov.ov_infer_request_set_input_tensor_by_index((ov_infer_request_t *)request, index, tensor);
  int result = check(status, "setting an input");
  ov.ov_tensor_free(tensor);
  return result;
}

int emend_ov_request_set(emend_ov_request *request, size_t index, const emend_ov_tensor *input) {
  ov_shape_t shape = {.rank = input->rank, .dims = (int64_t *)input->dims};
  ov_tensor_t *tensor = NULL;
  if (check(ov.ov_tensor_create_from_host_ptr(type_of(input->element), shape, input->data, &tensor),
            "wrapping an input") != 0)
    return -1;
  return give_input(request, index, tensor);
}

int emend_ov_request_feed(emend_ov_request *request, size_t input, emend_ov_request *source,
                          size_t output) {
  ov_tensor_t *tensor = NULL;
  if (check(ov.ov_infer_request_get_output_tensor_by_index((ov_infer_request_t *)source, output,
                                                           &tensor),
            "reading an output") != 0)
    return -1;
  return give_input(request, input, tensor);
}

int emend_ov_request_run(emend_ov_request *request, size_t input_count,
                         const emend_ov_tensor *inputs) {
  for (size_t i = 0; i < input_count; i++) {
    if (emend_ov_request_set(request, i, &inputs[i]) != 0) return -1;
  }
  return check(ov.ov_infer_request_infer((ov_infer_request_t *)request), "running the graph");
}

int emend_ov_request_output(emend_ov_request *request, size_t index, emend_ov_tensor *output) {
  ov_tensor_t *tensor = NULL;
  if (check(ov.ov_infer_request_get_output_tensor_by_index((ov_infer_request_t *)request, index,
                                                           &tensor),
            "reading an output") != 0)
    return -1;
  ov_shape_t shape = {0};
  ov_element_type_e type = DYNAMIC;
  int result = check(ov.ov_tensor_get_shape(tensor, &shape), "reading an output's shape");
  if (result == 0 && (shape.rank < 0 || shape.rank > EMEND_OV_MAX_RANK))
    result = fail("an output has %lld dimensions", (long long)shape.rank);
  if (result == 0) {
    output->rank = (int32_t)shape.rank;
    for (int64_t i = 0; i < shape.rank; i++) output->dims[i] = shape.dims[i];
    result = check(ov.ov_tensor_get_element_type(tensor, &type), "reading an output's type");
  }
  if (result == 0) {
    output->element = type == I32 ? EMEND_OV_INT32 : EMEND_OV_FLOAT32;
    if (type != I32 && type != F32) result = fail("an output has element type %d", (int)type);
  }
  if (result == 0)
    result = check(ov.ov_tensor_data(tensor, &output->data), "reading an output's numbers");
  if (shape.dims != NULL) ov.ov_shape_free(&shape);
  ov.ov_tensor_free(tensor);
  return result;
}
