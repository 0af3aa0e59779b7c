#ifndef EMEND_OPENVINO_H
#define EMEND_OPENVINO_H
#endif
