@{
    RootModule           = 'module/bin/VfsSync.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '5d0e2a86-7c1b-4f0e-9b7d-3f6f4a4b7c21'
    Author               = 'The VfsSync developers'
    CompanyName          = 'The VfsSync developers'
    Copyright            = '(c) The VfsSync developers. MIT License.'
    Description          = 'Keeps a folder the same on every machine you own: peer to peer, encrypted, instant, and every node, file, version and transfer is an object on the pipeline.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    TypesToProcess       = @('module/VfsSync.Types.ps1xml')
    FormatsToProcess     = @('module/VfsSync.Format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    CmdletsToExport      = @(
        'Start-VfsNode', 'Stop-VfsNode', 'Resume-VfsNode', 'Get-VfsNode', 'Connect-VfsNode', 'Disconnect-VfsNode', 'Wait-VfsNode',
        'New-VfsInvitation', 'Get-VfsInvitation', 'Revoke-VfsInvitation', 'Get-VfsPermission', 'Grant-VfsPermission', 'Revoke-VfsPermission',
        'Write-VfsFile', 'Read-VfsFile', 'Get-VfsFile', 'Move-VfsFile', 'Remove-VfsFile', 'Sync-VfsFile',
        'Get-VfsHistory', 'Restore-VfsFile', 'Get-VfsConflict', 'Resolve-VfsConflict',
        'Get-VfsActivity', 'Get-VfsProblem'
    )
    PrivateData          = @{
        PSData = @{
            Tags         = @('Sync', 'FileSync', 'P2P', 'PeerToPeer', 'Backup', 'Folder', 'Replication', 'PSEdition_Core', 'Linux', 'MacOS', 'Windows')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'The first sync, end to end.'
        }
    }
}
