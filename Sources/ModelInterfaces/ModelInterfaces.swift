// ModelInterfaces owns the contracts of the models that emend asks: `Encoder` turns texts into
// vectors, `LanguageModel` scores texts, and `TextGenerator` writes replies. It also owns the values
// and errors that pass through them. It runs no model, opens no file and no connection, and it knows
// nothing of records or labels.
