// Pipeline owns the order of the stages and the translation between their values: read, encode, ask
// a model, assess, write results. It knows nothing of the command line, the spool, or how a model
// is opened: models come from a `ModelSource`. It opens no file itself; `Rules` reads the rules
// folder for it, and the results are bytes.
