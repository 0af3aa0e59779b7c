// Report owns the report of a run as a value, and its JSON and terminal forms.
