// Pipeline owns the order of the stages.
