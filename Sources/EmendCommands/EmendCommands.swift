// EmendCommands owns the command line: it turns flags into options, opens the models of this
// machine, runs the libraries, and turns their results into messages and exit statuses. It also
// runs the daemon of `emend watch` and its worker processes. It knows nothing of how a label or a
// passage is scored.
