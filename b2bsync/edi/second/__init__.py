"""What the second judge needs beside its engine: the maps it judges by, its opinions, and what they are worth.

The door is :mod:`b2bsync.edi.pyx12_check`, the only module that imports pyx12.
"""
