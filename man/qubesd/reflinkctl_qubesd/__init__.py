# SPDX-License-Identifier: MIT
"""Storage driver "file-reflinkctl" of Qubes OS: pools and volumes whose work reflinkctl does.

qubesd finds it by the entry point group qubes.storage (entry_points.txt).  Each method is at most
one process of reflinkctl; the section THE QUBES STORAGE API of reflinkctl(8) has them as a table,
and reflinkctl-qubesd(7) says how to use the driver.

    process     one process of reflinkctl: its words, its answer, its lines, its end
    pool        ReflinkctlPool, a directory
    volume      ReflinkctlVolume, the images of one volume

Nothing is held in memory that the files don't say, so a pool is as good after qubesd was killed.
"""
