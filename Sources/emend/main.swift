import EmendCommands

Emend.main()
