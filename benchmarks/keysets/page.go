package main

func (r *result) page() (string, error) { return "", nil }
