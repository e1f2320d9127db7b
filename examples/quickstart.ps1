# The quick start: two nodes of one cluster in one session, on two folders of this disk. On two machines the commands are the same.
# Only core cmdlets, the module's own, and .NET: it runs in `dotnet run --project examples/Quickstart` and in any PowerShell 7.6.
param([string] $Folder = [IO.Path]::Combine([IO.Path]::GetTempPath(), "vfssync-quickstart-$([Guid]::NewGuid().ToString('N').Substring(0, 8))"))

$ErrorActionPreference = 'Stop'
$null = [IO.Directory]::CreateDirectory($Folder)
if (-not (Get-Module VfsSync)) { Import-Module "$PSScriptRoot/../VfsSync.psd1" }

"`nTwo folders below $Folder"
$laptop = Start-VfsNode "$Folder/laptop" -Name laptop -Port 0
$invitation = New-VfsInvitation -Role editor -Node laptop
$server = Start-VfsNode "$Folder/server" -Name server -Port 0 -Invitation $invitation
$laptop, $server | Wait-VfsNode -Connected -Timeout 30 | Out-Null

"`nA file written on laptop is on server at once, and the other way round"
'Hello from the laptop!' | Write-VfsFile hello.txt -Node laptop
'Hello from the server!' | Write-VfsFile docs/answer.txt -Node server
$laptop, $server | Wait-VfsNode -Timeout 30 | Out-Null
'server reads: ' + (Read-VfsFile hello.txt -Node server)
'laptop reads: ' + (Read-VfsFile docs/answer.txt -Node laptop)

"`nAny program will do: this one writes with .NET, straight into the folder"
[IO.File]::WriteAllText("$Folder/server/notes.md", "# Notes`nwritten by no cmdlet`n")
Sync-VfsFile notes.md -Node server | Out-Null
$server | Wait-VfsNode -Timeout 30 | Out-Null
Read-VfsFile notes.md -Node laptop

"`nA rename is a rename everywhere: no content crosses the wire"
Move-VfsFile hello.txt greetings/hello.txt -Node laptop
$laptop | Wait-VfsNode -Timeout 30 | Out-Null
'on server: ' + [IO.File]::ReadAllText("$Folder/server/greetings/hello.txt").Trim()

"`nA delete is a delete everywhere"
Remove-VfsFile notes.md -Node server
$server | Wait-VfsNode -Timeout 30 | Out-Null
"notes.md on laptop: $([IO.File]::Exists("$Folder/laptop/notes.md"))"

"`nWhat happened on server"
Get-VfsActivity -Node server -Kind Recorded, Received, Removed, Renamed, NodeConnected | Out-Default

"`nThe nodes, and the files of laptop"
Get-VfsNode | Out-Default
Get-VfsFile -Recurse -Node laptop | Out-Default

$conflicts = @(Get-VfsFile -Recurse -Node laptop | Where-Object State -EQ Conflict)
"`n$($conflicts.Count) conflicts. The folders stay below $Folder; remove them when you like."
Stop-VfsNode *
