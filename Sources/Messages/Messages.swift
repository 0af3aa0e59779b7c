// Messages owns the last step of every text that leaves the program for a person: it is escaped, so that
// no terminal obeys it and no line pretends to be another, and cut, so that no file fills a log or a
// screen. It knows nothing of where texts come from, nor of where they go.
