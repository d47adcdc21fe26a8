/* Filesystems that a ledger may not lie on. */
#include "ledger/internal.h"
#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

static const struct {
    unsigned long type; /* statfs(2) f_type */
    const char *name;
} refused[] = {
    {0x6969, "NFS"},          {0x517b, "SMB"},        {0xff534d42, "CIFS"},   {0xfe534d42, "SMB2"},
    {0x65735546, "FUSE"},     {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},   {0x00c36400, "Ceph"},
    {0x19830326, "BeeGFS"},   {0x5346414f, "AFS"},    {0x6b414653, "kAFS"},   {0x01021997, "9P"},
    {0x7461636f, "OCFS2"},    {0x01161970, "GFS2"},   {0x73757245, "Coda"},   {0x564c, "NCP"},
    {0x20030528, "OrangeFS"}, {0xaad7aaea, "PanFS"},  {0x786f4256, "vboxsf"},
};

const char *lab_filesystem_refused(unsigned long type)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (refused[i].type == (type & 0xffffffff)) return refused[i].name;
    return NULL;
}

lab_status lab_filesystem_check(const char *folder, lab_error *err)
{
    struct statfs info;
    if (statfs(folder, &info) != 0)
        return lab_fail(err, LAB_ERR_IO, "%s: cannot ask for its filesystem: %s", folder,
                        strerror(errno));
    const char *name = lab_filesystem_refused((unsigned long)info.f_type);
    if (!name) return LAB_OK;
    return lab_fail(err, LAB_ERR_LEDGER,
                    "%s lies on a %s filesystem, where SQLite's locks cannot be trusted; keep the "
                    "ledger on a local disk: --ledger /path/on/local/disk/ledger.db, or set "
                    "PATCHLAW_LEDGER. A sweep or run can write event files here instead, with "
                    "--spool %s; patchlaw import spool %s takes them into a ledger",
                    folder, name, folder, folder);
}
