"""The doctor: what is known to go wrong with a component once Seldon serves it, told before it does.

Rule: user code is read, never run, unless a trial is asked for.
"""
