#include "emend_openvino.h"
