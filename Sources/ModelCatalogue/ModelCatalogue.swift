// ModelCatalogue owns the models on this machine: where emend keeps them, the manifests that describe them,
// the check of their files, the import of new ones, and the estimate of the memory that one needs. It writes
// graphs in OpenVINO's format and runs none. It knows nothing of records or labels.
