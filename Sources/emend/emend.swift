// emend is the program itself: it starts the command line. It knows nothing else; EmendCommands has
// the commands.
