// Repair owns credibility, correction and soft labels, as values in and values out.
