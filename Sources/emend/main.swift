print("emend")
