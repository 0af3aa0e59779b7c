// Spool owns publishing: it knows files and never records.
