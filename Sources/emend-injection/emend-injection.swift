// emend-injection owns the command that measures, with a real model, how often hostile texts get an
// irrelevant passage selected. The texts and the trials are in the target `Injection`. It knows
// nothing of assessments, reports or the spool.
