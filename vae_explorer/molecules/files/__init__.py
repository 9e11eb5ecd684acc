"""Files of molecules as people have them: tables, lists of SMILES, structures."""
